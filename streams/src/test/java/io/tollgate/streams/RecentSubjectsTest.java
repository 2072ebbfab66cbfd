package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.avro.SubjectKind;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class RecentSubjectsTest {
  private final RecentSubjects recent = new RecentSubjects();

  @Test
  void answersAreThoseOfTheSameOrganizationKindAndName() {
    recent.put("org-1", user("u"), 7);

    assertThat(recent.get("org-1", user("u"))).isEqualTo(7);
    assertThat(recent.get("org-2", user("u"))).isEqualTo(RecentSubjects.UNKNOWN);
    assertThat(recent.get("org-1", user("U"))).isEqualTo(RecentSubjects.UNKNOWN);
    assertThat(recent.get("org-1", new Subject(SubjectKind.MODEL, "u")))
        .isEqualTo(RecentSubjects.UNKNOWN);
    assertThat(recent.get("org-", user("1u")))
        .as("where a name ends")
        .isEqualTo(RecentSubjects.UNKNOWN);
  }

  @Test
  void aNewerAnswerReplacesAnOlderOne() {
    recent.put("org-1", user("u"), RecentSubjects.ABSENT);
    recent.put("org-1", user("u"), 8);
    assertThat(recent.get("org-1", user("u"))).isEqualTo(8);

    recent.clear();
    assertThat(recent.get("org-1", user("u"))).isEqualTo(RecentSubjects.UNKNOWN);
  }

  @Test
  void mostOfAHundredThousandAreRememberedAndNoneIsMixedUp() {
    int all = 100_000;
    for (int i = 0; i < all; i++) {
      recent.put("org-" + i % 20, user("user-" + i), i);
    }

    long known =
        IntStream.range(0, all)
            .filter(
                i -> {
                  int day = recent.get("org-" + i % 20, user("user-" + i));
                  assertThat(day).isIn(i, RecentSubjects.UNKNOWN);
                  return day == i;
                })
            .count();

    // Two in one place: a fifth at most, as long as the table grows with them.
    assertThat(known).isGreaterThan(all * 4 / 5);
  }

  private static Subject user(String name) {
    return new Subject(SubjectKind.USER, name);
  }
}
