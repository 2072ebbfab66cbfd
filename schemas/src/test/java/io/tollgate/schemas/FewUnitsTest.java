package io.tollgate.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

class FewUnitsTest {
  private final Map<String, Long> units =
      new FewUnits(new String[] {"output", "input"}, new long[] {7, 1_000});

  @Test
  void isTheMapThatAnyOtherWouldBe() {
    Map<String, Long> other = Map.of("input", 1_000L, "output", 7L);
    assertThat(units).isEqualTo(other).hasSameHashCodeAs(other);
    assertThat(other).isEqualTo(units);
    assertThat(units).containsEntry("input", 1_000L).doesNotContainKey("image");
    assertThat(units.get("image")).isNull();
    assertThat(new FewUnits(new String[0], new long[0])).isEmpty();
  }

  @Test
  void keepsTheOrderItWasReadIn() {
    assertThat(units.keySet()).containsExactly("output", "input");
    Iterator<Map.Entry<String, Long>> entries = units.entrySet().iterator();
    entries.next();
    entries.next();
    assertThatThrownBy(entries::next).isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void cannotBeChanged() {
    assertThatThrownBy(() -> units.put("image", 1L))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> units.remove("input"))
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
