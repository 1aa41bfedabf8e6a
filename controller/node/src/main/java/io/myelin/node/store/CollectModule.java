package io.myelin.node.store;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.KeyDeserializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.ContextualDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.Amount;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The core's maps, as lists of key, value, key, value; and its ids, as plain strings. */
final class CollectModule extends SimpleModule {
  private static final long serialVersionUID = 1;

  /** Ids come again and again: one object of each serves all who hold it. */
  private static final int MAX_INTERNED = 1 << 20;

  private static final long KNOWN_ZERO = -1;

  CollectModule() {
    super("myelin");
    addSerializer(PersistentMap.class, new MapWriter());
    addDeserializer(PersistentMap.class, new MapReader(null, null));
  }

  /**
   * Amounts as numbers: 0 is unknown, as formats 1 to 3 wrote what nobody had declared, and -1 is a
   * known zero.
   */
  CollectModule amounts() {
    addSerializer(
        Amount.class,
        new JsonSerializer<Amount>() {
          @Override
          public void serialize(Amount a, JsonGenerator out, SerializerProvider all)
              throws IOException {
            out.writeNumber(a.known() && a.value() == 0 ? KNOWN_ZERO : a.value());
          }
        });
    addDeserializer(
        Amount.class,
        new JsonDeserializer<Amount>() {
          @Override
          public Amount deserialize(JsonParser in, DeserializationContext context)
              throws IOException {
            long n = in.getLongValue();
            return n == KNOWN_ZERO ? Amount.of(0) : Amount.positive(n);
          }
        });
    return this;
  }

  /** A record of one string. */
  <T> CollectModule id(Class<T> type, Function<T, String> value, Function<String, T> maker) {
    Map<String, T> known = new ConcurrentHashMap<>();
    Function<String, T> of =
        s -> {
          if (known.size() > MAX_INTERNED) {
            known.clear();
          }
          return known.computeIfAbsent(s, maker);
        };
    addSerializer(
        type,
        new JsonSerializer<T>() {
          @Override
          public void serialize(T id, JsonGenerator out, SerializerProvider all)
              throws IOException {
            out.writeString(value.apply(id));
          }
        });
    addKeySerializer(
        type,
        new JsonSerializer<T>() {
          @Override
          public void serialize(T id, JsonGenerator out, SerializerProvider all)
              throws IOException {
            out.writeFieldName(value.apply(id));
          }
        });
    addDeserializer(
        type,
        new JsonDeserializer<T>() {
          @Override
          public T deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return of.apply(in.getText());
          }
        });
    addKeyDeserializer(
        type,
        new KeyDeserializer() {
          @Override
          public Object deserializeKey(String key, DeserializationContext context) {
            return of.apply(key);
          }
        });
    return this;
  }

  @SuppressWarnings("rawtypes") // Jackson names types by their class
  private static final class MapWriter extends JsonSerializer<PersistentMap> {
    @Override
    public void serialize(PersistentMap map, JsonGenerator out, SerializerProvider all)
        throws IOException {
      out.writeStartArray();
      for (Object e : map) {
        all.defaultSerializeValue(((Map.Entry<?, ?>) e).getKey(), out);
        all.defaultSerializeValue(((Map.Entry<?, ?>) e).getValue(), out);
      }
      out.writeEndArray();
    }
  }

  @SuppressWarnings("rawtypes") // Jackson names types by their class
  private static final class MapReader extends JsonDeserializer<PersistentMap>
      implements ContextualDeserializer {
    private final @Nullable JsonDeserializer<Object> keys;
    private final @Nullable JsonDeserializer<Object> values;

    MapReader(@Nullable JsonDeserializer<Object> keys, @Nullable JsonDeserializer<Object> values) {
      this.keys = keys;
      this.values = values;
    }

    @Override
    public JsonDeserializer<?> createContextual(
        DeserializationContext context, @Nullable BeanProperty property)
        throws JsonMappingException {
      JavaType type = context.getContextualType();
      return new MapReader(
          context.findContextualValueDeserializer(type.containedType(0), property),
          context.findContextualValueDeserializer(type.containedType(1), property));
    }

    @Override
    @SuppressWarnings("unchecked") // keys and values are what the type says
    public PersistentMap deserialize(JsonParser in, DeserializationContext context)
        throws IOException {
      if (keys == null || values == null) {
        throw new IllegalStateException("a map without types");
      }
      PersistentMap map = PersistentMap.empty();
      while (in.nextToken() != JsonToken.END_ARRAY) {
        Object key = keys.deserialize(in, context);
        in.nextToken();
        map = map.with((Comparable) key, values.deserialize(in, context));
      }
      return map;
    }
  }
}
