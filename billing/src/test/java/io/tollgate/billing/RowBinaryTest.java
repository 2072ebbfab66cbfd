package io.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class RowBinaryTest {
  @Test
  void writesIntegersLittleEndian() {
    assertThat(hex(rows -> rows.int32(-2))).isEqualTo("feffffff");
    assertThat(hex(rows -> rows.int64(Long.MIN_VALUE))).isEqualTo("0000000000000080");
  }

  @Test
  void writesDecimalsAsUnscaledIntegersOf128Bits() {
    assertThat(hex(rows -> rows.decimal128(new BigDecimal("0.000000000001"), 12)))
        .isEqualTo("01" + "00".repeat(15));
    assertThat(hex(rows -> rows.decimal128(new BigDecimal("-0.000000000001"), 12)))
        .isEqualTo("ff".repeat(16));
    assertThat(hex(rows -> rows.decimal128(new BigDecimal("18446744.073709551616"), 12)))
        .isEqualTo("00".repeat(8) + "01" + "00".repeat(7));
    assertThat(hex(rows -> rows.decimal128(new BigDecimal("-18446744.073709551616"), 12)))
        .isEqualTo("00".repeat(8) + "ff".repeat(8));
  }

  @Test
  void refusesWhatTheColumnWouldCutOrWrap() {
    RowBinary rows = new RowBinary();
    assertThatThrownBy(() -> rows.decimal128(new BigDecimal("0.0000000000001"), 12))
        .isInstanceOf(ArithmeticException.class);
    assertThatThrownBy(() -> rows.decimal128(new BigDecimal("1e26"), 12))
        .isInstanceOf(ArithmeticException.class)
        .hasMessageContaining("Decimal(38, 12)");
    rows.decimal128(new BigDecimal("9".repeat(26)), 12);
    assertThatThrownBy(() -> rows.int8(128)).isInstanceOf(ArithmeticException.class);
  }

  @Test
  void writesLengthsInGroupsOfSevenBitsAndStringsInUtf8() {
    assertThat(hex(rows -> rows.length(300))).isEqualTo("ac02");
    assertThat(hex(rows -> rows.string("é"))).isEqualTo("02c3a9");
    assertThat(hex(rows -> rows.nullableString(null))).isEqualTo("01");
    assertThat(hex(rows -> rows.nullableString(""))).isEqualTo("0000");
    assertThat(hex(rows -> rows.nullableInt64(1L))).isEqualTo("000100000000000000");
  }

  @Test
  void growsAsNeeded() {
    RowBinary rows = new RowBinary();
    rows.raw(new byte[200_000]);
    rows.int8(1);
    assertThat(rows.size()).isEqualTo(200_001);
  }

  private static String hex(Consumer<RowBinary> written) {
    RowBinary rows = new RowBinary();
    written.accept(rows);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      rows.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return HexFormat.of().formatHex(out.toByteArray());
  }
}
