package io.tollgate.streams;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Sums of many users in one value, sorted: each by the user's name and the key, {@code length name
 * workspace/key/}.
 */
final class UserBlock {
  /** No value is larger by more than one sum. */
  static final int MOST_BYTES = 256 * 1024;

  private static final int FORMAT = 1;

  private UserBlock() {}

  /** Adds the sums of a block to a list. */
  static void collect(byte[] block, List<SumBytes> to) {
    int format = block[0];
    if (format != FORMAT) {
      throw new IllegalStateException(
          "users' tallies in format " + format + " are not of this version");
    }
    SumBytes.forEach(block, 1, block.length, to::add);
  }

  /**
   * The sums in as many values as it takes, those of one name as one.
   *
   * @param sums sorted
   */
  static List<byte[]> write(List<SumBytes> sums) {
    List<byte[]> values = new ArrayList<>(1);
    TallyBytes out = new TallyBytes(64 * sums.size());
    for (int i = 0; i < sums.size(); ) {
      if (out.length() == 0) {
        out.one(FORMAT);
      }
      i = writeNext(sums, i, out);
      if (out.length() >= MOST_BYTES) {
        values.add(out.toByteArray());
        out.reset();
      }
    }
    if (out.length() > 0) {
      values.add(out.toByteArray());
    }
    return values;
  }

  /** Writes what there is of one name, mostly a single sum; returns where the next name begins. */
  private static int writeNext(List<SumBytes> sums, int first, TallyBytes out) {
    SumBytes sum = sums.get(first);
    int next = first + 1;
    if (next == sums.size() || sums.get(next).compareTo(sum) != 0) {
      sum.copy(out);
      return next;
    }
    Tally tally = sum.tally();
    while (next < sums.size() && sums.get(next).compareTo(sum) == 0) {
      tally = tally.plus(sums.get(next++).tally());
    }
    sum.copy(out, tally);
    return next;
  }

  /** Hands over the sums of one user, in the node that is asked for. */
  static void forEach(byte[] block, Scope scope, Consumer<Tally> each) {
    Subject user = Objects.requireNonNull(scope.subject(), "of users only");
    TallyBytes begin = new TallyBytes(64).sized(user.value());
    TallyBytes end = new TallyBytes(64);
    switch (scope.kind()) {
      case ORGANIZATION -> {}
      case WORKSPACE -> begin.ascii(scope.id()).one('/');
      case API_KEY -> end.one('/').ascii(scope.id()).one('/');
    }
    byte[] beginsWith = begin.toByteArray();
    byte[] endsWith = end.toByteArray();
    List<SumBytes> sums = new ArrayList<>();
    collect(block, sums);
    for (SumBytes sum : sums) {
      if (sum.keyStartsWith(beginsWith)
          && sum.keyEndsWith(endsWith)
          && sum.keyLength() >= beginsWith.length + endsWith.length) {
        each.accept(sum.tally());
      }
    }
  }
}
