package io.myelin.web.openapi;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.SourceCodeInfo.Location;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.GenericDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the protos say in comments. Classes made of protos do not have them; the descriptors that
 * the build writes beside the classes do.
 */
final class Comments {
  private static final String RESOURCE = "/descriptors/protos.binpb";

  private final Map<String, Map<List<Integer>, String>> byFile = new HashMap<>();

  /**
   * @throws UncheckedIOException if the build did not write them
   */
  Comments() {
    FileDescriptorSet set;
    try (InputStream in = Comments.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IOException(RESOURCE + " is missing");
      }
      set = FileDescriptorSet.parseFrom(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (FileDescriptorProto f : set.getFileList()) {
      Map<List<Integer>, String> comments = new HashMap<>();
      for (Location l : f.getSourceCodeInfo().getLocationList()) {
        String text = l.getLeadingComments() + l.getTrailingComments();
        comments.merge(List.copyOf(l.getPathList()), text, (a, b) -> a + b);
      }
      byFile.put(f.getName(), comments);
    }
  }

  /** In one line a paragraph; empty: there is none. */
  String of(GenericDescriptor d) {
    String raw =
        byFile.getOrDefault(d.getFile().getName(), Map.of()).getOrDefault(path(d), "").strip();
    List<String> paragraphs = new ArrayList<>();
    for (String p : raw.split("\n[ \t]*\n")) {
      paragraphs.add(p.replaceAll("\\s*\n\\s*", " ").strip());
    }
    return String.join("\n\n", paragraphs);
  }

  /** Where a declaration is: numbers of fields of FileDescriptorProto, and indices. */
  private static List<Integer> path(GenericDescriptor d) {
    List<Integer> path = new ArrayList<>();
    if (d instanceof MethodDescriptor m) {
      path.addAll(path(m.getService()));
      path.addAll(List.of(2, m.getIndex()));
    } else if (d instanceof ServiceDescriptor s) {
      path.addAll(List.of(6, s.getIndex()));
    } else if (d instanceof FieldDescriptor f) {
      path.addAll(path(f.getContainingType()));
      path.addAll(List.of(2, f.getIndex()));
    } else if (d instanceof EnumValueDescriptor v) {
      path.addAll(path(v.getType()));
      path.addAll(List.of(2, v.getIndex()));
    } else if (d instanceof EnumDescriptor e) {
      Descriptor in = e.getContainingType();
      path.addAll(in == null ? List.of() : path(in));
      path.addAll(List.of(in == null ? 5 : 4, e.getIndex()));
    } else if (d instanceof Descriptor m) {
      Descriptor in = m.getContainingType();
      path.addAll(in == null ? List.of() : path(in));
      path.addAll(List.of(in == null ? 4 : 3, m.getIndex()));
    } else if (!(d instanceof FileDescriptor)) {
      throw new IllegalArgumentException(d.getFullName() + " is not known");
    }
    return path;
  }
}
