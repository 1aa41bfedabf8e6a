package io.myelin.core.collect;

import java.util.AbstractMap;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An immutable sorted map: {@code with} and {@code without} return a new map that shares all but
 * O(log n) nodes with the old one, so that a snapshot of the fabric costs nothing to keep.
 *
 * <p>An AVL tree (Adelson-Velsky and Landis, 1962). Iteration is in ascending key order, always.
 */
public final class PersistentMap<K extends Comparable<? super K>, V>
    implements Iterable<Map.Entry<K, V>> {

  private static final PersistentMap<?, ?> EMPTY = new PersistentMap<>(null);

  private final @Nullable Node<K, V> root;

  private PersistentMap(@Nullable Node<K, V> root) {
    this.root = root;
  }

  @SuppressWarnings("unchecked") // an empty map holds no element of the wrong type
  public static <K extends Comparable<? super K>, V> PersistentMap<K, V> empty() {
    return (PersistentMap<K, V>) EMPTY;
  }

  public static <K extends Comparable<? super K>, V> PersistentMap<K, V> copyOf(Map<K, V> map) {
    PersistentMap<K, V> result = empty();
    for (Map.Entry<K, V> e : map.entrySet()) {
      result = result.with(e.getKey(), e.getValue());
    }
    return result;
  }

  public int size() {
    return size(root);
  }

  public boolean isEmpty() {
    return root == null;
  }

  public @Nullable V get(K key) {
    Node<K, V> n = root;
    while (n != null) {
      int c = key.compareTo(n.key);
      if (c == 0) {
        return n.value;
      }
      n = c < 0 ? n.left : n.right;
    }
    return null;
  }

  public V getOrDefault(K key, V otherwise) {
    V v = get(key);
    return v == null ? otherwise : v;
  }

  public boolean containsKey(K key) {
    return get(key) != null;
  }

  public PersistentMap<K, V> with(K key, V value) {
    return new PersistentMap<>(insert(root, key, value));
  }

  /** This map without the key; this map itself when the key is absent. */
  public PersistentMap<K, V> without(K key) {
    return containsKey(key) ? new PersistentMap<>(remove(root, key)) : this;
  }

  /** Entries in ascending key order. */
  @Override
  public Iterator<Map.Entry<K, V>> iterator() {
    return new InOrder<>(root, null);
  }

  /** Entries with keys at or after {@code from}, in ascending order. */
  public Iterable<Map.Entry<K, V>> tail(K from) {
    return () -> new InOrder<>(root, from);
  }

  public void forEach(BiConsumer<? super K, ? super V> consumer) {
    for (Map.Entry<K, V> e : this) {
      consumer.accept(e.getKey(), e.getValue());
    }
  }

  @Override
  public boolean equals(@Nullable Object o) {
    if (!(o instanceof PersistentMap<?, ?> other) || other.size() != size()) {
      return false;
    }
    Iterator<? extends Map.Entry<?, ?>> a = iterator();
    Iterator<? extends Map.Entry<?, ?>> b = other.iterator();
    while (a.hasNext()) {
      if (!a.next().equals(b.next())) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    int h = 0;
    for (Map.Entry<K, V> e : this) {
      h = 31 * h + e.hashCode();
    }
    return h;
  }

  @Override
  public String toString() {
    StringBuilder s = new StringBuilder("{");
    for (Map.Entry<K, V> e : this) {
      s.append(s.length() > 1 ? ", " : "").append(e);
    }
    return s.append('}').toString();
  }

  private record Node<K, V>(
      K key, V value, @Nullable Node<K, V> left, @Nullable Node<K, V> right, int height, int size) {

    static <K, V> Node<K, V> of(
        K key, V value, @Nullable Node<K, V> left, @Nullable Node<K, V> right) {
      return new Node<>(
          key,
          value,
          left,
          right,
          1 + Math.max(PersistentMap.height(left), PersistentMap.height(right)),
          1 + PersistentMap.size(left) + PersistentMap.size(right));
    }
  }

  private static int height(@Nullable Node<?, ?> n) {
    return n == null ? 0 : n.height;
  }

  private static int size(@Nullable Node<?, ?> n) {
    return n == null ? 0 : n.size;
  }

  private static <K extends Comparable<? super K>, V> Node<K, V> insert(
      @Nullable Node<K, V> n, K key, V value) {
    if (n == null) {
      return Node.of(key, value, null, null);
    }
    int c = key.compareTo(n.key);
    if (c == 0) {
      return Node.of(key, value, n.left, n.right);
    }
    return c < 0
        ? balance(n.key, n.value, insert(n.left, key, value), n.right)
        : balance(n.key, n.value, n.left, insert(n.right, key, value));
  }

  private static <K extends Comparable<? super K>, V> @Nullable Node<K, V> remove(
      @Nullable Node<K, V> n, K key) {
    if (n == null) {
      return null;
    }
    int c = key.compareTo(n.key);
    if (c < 0) {
      return balance(n.key, n.value, remove(n.left, key), n.right);
    }
    if (c > 0) {
      return balance(n.key, n.value, n.left, remove(n.right, key));
    }
    if (n.left == null) {
      return n.right;
    }
    if (n.right == null) {
      return n.left;
    }
    Node<K, V> successor = n.right;
    while (successor.left != null) {
      successor = successor.left;
    }
    return balance(successor.key, successor.value, n.left, remove(n.right, successor.key));
  }

  private static <K, V> Node<K, V> balance(
      K key, V value, @Nullable Node<K, V> left, @Nullable Node<K, V> right) {
    int lean = height(left) - height(right);
    if (lean > 1 && left != null) {
      Node<K, V> middle = left.right;
      if (middle != null && height(middle) > height(left.left)) {
        return Node.of(
            middle.key,
            middle.value,
            Node.of(left.key, left.value, left.left, middle.left),
            Node.of(key, value, middle.right, right));
      }
      return Node.of(left.key, left.value, left.left, Node.of(key, value, middle, right));
    }
    if (lean < -1 && right != null) {
      Node<K, V> middle = right.left;
      if (middle != null && height(middle) > height(right.right)) {
        return Node.of(
            middle.key,
            middle.value,
            Node.of(key, value, left, middle.left),
            Node.of(right.key, right.value, middle.right, right.right));
      }
      return Node.of(right.key, right.value, Node.of(key, value, left, middle), right.right);
    }
    return Node.of(key, value, left, right);
  }

  private static final class InOrder<K extends Comparable<? super K>, V>
      implements Iterator<Map.Entry<K, V>> {
    private final Deque<Node<K, V>> path = new ArrayDeque<>();

    InOrder(@Nullable Node<K, V> root, @Nullable K from) {
      Node<K, V> n = root;
      while (n != null) {
        if (from != null && n.key.compareTo(from) < 0) {
          n = n.right;
        } else {
          path.push(n);
          n = n.left;
        }
      }
    }

    @Override
    public boolean hasNext() {
      return !path.isEmpty();
    }

    @Override
    public Map.Entry<K, V> next() {
      if (path.isEmpty()) {
        throw new NoSuchElementException();
      }
      Node<K, V> n = path.pop();
      for (Node<K, V> c = n.right; c != null; c = c.left) {
        path.push(c);
      }
      return new AbstractMap.SimpleImmutableEntry<>(n.key, n.value);
    }
  }
}
