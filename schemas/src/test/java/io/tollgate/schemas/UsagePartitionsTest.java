package io.tollgate.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The function is published: other producers compute it too, and it never changes within a
 * generation.
 */
class UsagePartitionsTest {
  @ParameterizedTest
  @CsvSource({
    "acme, gateway-1, evt-1, 32, 19",
    "acme, gateway-1, evt-2, 32, 10",
    "org_é, https://g/1, 7, 4, 3"
  })
  void isPinned(String organization, String source, String id, int partitions, int partition) {
    assertThat(UsagePartitions.of(organization, source, id, partitions)).isEqualTo(partition);
  }
}
