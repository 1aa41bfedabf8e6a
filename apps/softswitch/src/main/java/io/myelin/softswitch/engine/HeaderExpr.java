package io.myelin.softswitch.engine;

/** An expression that names a header, perhaps by a computed index. */
interface HeaderExpr {
  HeaderRef eval(PacketContext c);
}
