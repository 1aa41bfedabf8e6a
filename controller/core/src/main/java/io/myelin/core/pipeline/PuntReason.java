package io.myelin.core.pipeline;

/** Why a switch sends a frame to the controller. */
public enum PuntReason {
  /** A packet-out came back that was addressed to the controller's port. */
  ECHO,
  LLDP,
  ARP,
  /** IPv6 neighbour discovery. */
  ND,
  /** A probe that came home. */
  PROBE,
  /** A queue that crossed its threshold, with the packet that met it. */
  CONGESTION,
  /** The first packet of an outage that met a dead port. */
  PORT_DOWN,
  /** Nothing that this version knows. */
  UNKNOWN
}
