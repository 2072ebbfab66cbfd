package io.tollgate.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.Headers;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ClickHouseRequestTest {
  @Test
  void tellsSettingsAndParametersFromTheInterfacesOwn() throws ClickHouseError {
    ClickHouseRequest request =
        ClickHouseRequest.parse(
            URI.create(
                "/?query=SELECT+1&query_id=a&compress=1&async_insert=0&param_x=a%27b&insert_deduplication_token=t%261"),
            new Headers());
    assertThat(request.query()).isEqualTo("SELECT 1");
    assertThat(request.settings())
        .isEqualTo(Map.of("async_insert", "0", "insert_deduplication_token", "t&1"));
    assertThat(request.parameters()).isEqualTo(Map.of("x", "a'b"));
    assertThat(request.compressedAnswer()).isTrue();
    assertThat(request.database()).isEqualTo("default");
    assertThat(request.format()).isEqualTo("TabSeparated");
  }

  @Test
  void readsWhatTheDriversPutIntoHeaders() throws ClickHouseError {
    Headers headers = new Headers();
    String secret =
        Base64.getEncoder().encodeToString("default:p:w".getBytes(StandardCharsets.UTF_8));
    headers.set("Authorization", "Basic " + secret);
    headers.set("X-ClickHouse-Database", "usage");
    headers.set("X-ClickHouse-Format", "RowBinaryWithNamesAndTypes");
    ClickHouseRequest request = ClickHouseRequest.parse(URI.create("/"), headers);
    assertThat(request.user()).isEqualTo("default");
    assertThat(request.password()).isEqualTo("p:w");
    assertThat(request.database()).isEqualTo("usage");
    assertThat(request.format()).isEqualTo("RowBinaryWithNamesAndTypes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/?session_id=a", "/?a%3Db=1", "/?a%20b=1"})
  void refusesWhatItCannotDo(String uri) {
    assertThatThrownBy(() -> ClickHouseRequest.parse(URI.create(uri), new Headers()))
        .isInstanceOf(ClickHouseError.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "INSERT INTO t FORMAT RowBinary|INSERT INTO t|RowBinary",
        "insert into d.t (a, b) settings x = 1 format JSONEachRow ;|insert into d.t (a, b) settings"
            + " x = 1|JSONEachRow",
        "INSERT INTO t (a) VALUES|INSERT INTO t (a)|Values"
      })
  void splitsAnInsertWhoseRowsFollow(String statement, String sql, String format) {
    assertThat(ClickHouseRequest.InsertHead.of(statement))
        .isEqualTo(new ClickHouseRequest.InsertHead(sql, format));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "SELECT 1 FORMAT CSV", "INSERT INTO t VALUES (1)", "INSERT INTO t SELECT 1"})
  void leavesACompleteStatementAlone(String statement) {
    assertThat(ClickHouseRequest.InsertHead.of(statement)).isNull();
  }

  @Test
  void findsTheCodeInTheEnginesText() {
    ClickHouseError error =
        ClickHouseError.parse("Code: 60. DB::Exception: Unknown table. (UNKNOWN_TABLE)");
    assertThat(error.code()).isEqualTo(60);
    assertThat(error.status()).isEqualTo(404);
    assertThat(ClickHouseError.parse("something else").getMessage())
        .startsWith("Code: 1002. DB::Exception: ");
  }
}
