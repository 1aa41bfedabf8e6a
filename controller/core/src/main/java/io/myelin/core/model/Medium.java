package io.myelin.core.model;

/** What a link is made of. */
public enum Medium {
  /** Nobody said; never good enough for a request that excludes media. */
  UNKNOWN,
  FIBRE,
  COPPER,
  /** Terrestrial microwave. */
  RADIO,
  /** By satellites in low orbit: comes and goes. */
  LEO,
  /** A cellular network, 5G or older. */
  CELLULAR
}
