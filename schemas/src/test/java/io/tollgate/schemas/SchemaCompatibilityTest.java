package io.tollgate.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Records of every past schema version still decode, to the same values; that is what a log of 41
 * days needs.
 */
class SchemaCompatibilityTest {

  @ParameterizedTest
  @MethodSource("io.tollgate.schemas.GoldenRecords#topics")
  void everyPastVersionReads(Topic<?> topic) {
    assertThat(
            problems(
                GoldenRecords.of(topic).stream().map(GoldenRecords.Frozen::schema).toList(),
                topic.schema()))
        .isEmpty();
  }

  @ParameterizedTest
  @MethodSource("io.tollgate.schemas.GoldenRecords#topics")
  void goldenBytesReadAsTheyDid(Topic<?> topic) {
    List<GoldenRecords.Frozen> frozen = GoldenRecords.of(topic);
    assertThat(frozen).isNotEmpty();
    for (GoldenRecords.Frozen version : frozen) {
      String now = GoldenRecords.read(topic, version.schema(), version.bytes());
      if (version == frozen.getLast()) {
        assertThat(now).isEqualTo(version.text());
      } else {
        assertThat(now).isNotEmpty();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.tollgate.schemas.GoldenRecords#topics")
  void todaysSchemaIsFrozen(Topic<?> topic) {
    assertThat(GoldenRecords.of(topic).getLast().schema())
        .as("run GoldenRecords.main to freeze the new version of " + topic.schema().getName())
        .isEqualTo(topic.schema());
  }

  @Test
  void anIncompatibleChangeIsFound() throws IOException {
    Schema changed =
        new Schema.Parser()
            .parse(Files.readString(Path.of("src/test/resources/incompatible/UsageDelta.avsc")));
    List<Schema> past =
        GoldenRecords.of(Topics.USAGE_DELTAS).stream().map(GoldenRecords.Frozen::schema).toList();
    assertThat(problems(past, changed))
        .isNotEmpty()
        .allMatch(p -> p.contains("READER_FIELD_MISSING_DEFAULT_VALUE"));
  }

  private static List<String> problems(List<Schema> past, Schema current) {
    List<String> problems = new ArrayList<>();
    for (Schema old : past) {
      var result = SchemaCompatibility.checkReaderWriterCompatibility(current, old);
      if (result.getType() != SchemaCompatibilityType.COMPATIBLE) {
        problems.add(result.getResult().getIncompatibilities().toString());
      }
    }
    return problems;
  }
}
