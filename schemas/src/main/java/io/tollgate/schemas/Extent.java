package io.tollgate.schemas;

/** How far a role's permission goes; the later constant is the wider one. */
public enum Extent {
  NONE,

  /** If a setting of the organization allows it, which whoever asks has to look at. */
  BY_SETTING,

  /** The names of all workspaces and nothing else of them. */
  NAMES,

  /** What is there may be made stricter, not looser, and not taken away. */
  TIGHTEN,

  /** All of it: of a workspace role that workspace, of an organization role every one. */
  ALL;

  public boolean isWiderThan(Extent other) {
    return compareTo(other) > 0;
  }

  /** Whichever goes further: roles add up. */
  public Extent or(Extent other) {
    return isWiderThan(other) ? this : other;
  }
}
