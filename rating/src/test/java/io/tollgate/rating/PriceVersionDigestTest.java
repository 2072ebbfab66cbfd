package io.tollgate.rating;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.avro.ModelAlias;
import io.tollgate.schemas.avro.PriceRate;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

class PriceVersionDigestTest {
  private final PriceRate input =
      new PriceRate("openai", "gpt-4o", "standard", null, "input", new BigDecimal("2.5"));
  private final PriceRate output =
      new PriceRate(
          "openai", "gpt-4o", "standard", 200_000L, "output", new BigDecimal("10.000000"));

  @Test
  void isTheShaOfTheCanonicalText() {
    // printf
    // 'openai\x1fgpt-4o\x1fstandard\x1f\x1finput\x1f2.500000\nopenai\x1fgpt-4o\x1fstandard\x1f200000\x1foutput\x1f10.000000\n' | sha256sum
    assertThat(PriceVersionDigest.of(List.of(input, output)))
        .isEqualTo("e92b0d0307fdc4ad43d82c805cc713ace877f620aaff15cbe363d164cf652321");
  }

  @Test
  void doesNotDependOnTrailingZeros() {
    PriceRate padded =
        new PriceRate("openai", "gpt-4o", "standard", null, "input", new BigDecimal("2.500000"));
    assertThat(PriceVersionDigest.of(List.of(padded)))
        .isEqualTo(PriceVersionDigest.of(List.of(input)));
  }

  @Test
  void dependsOnTheOrder() {
    assertThat(PriceVersionDigest.of(List.of(output, input)))
        .isNotEqualTo(PriceVersionDigest.of(List.of(input, output)));
  }

  @Test
  void coversTheAliases() {
    ModelAlias alias = new ModelAlias("openai", "gpt", "gpt-4o");
    // printf
    // 'openai\x1fgpt-4o\x1fstandard\x1f\x1finput\x1f2.500000\nalias\x1fopenai\x1fgpt\x1fgpt-4o\n'
    assertThat(PriceVersionDigest.of(List.of(input), List.of(alias)))
        .isEqualTo("78646cb8077db0cb22db0c09ec454c01a4518850c389d47a403111efc4fa76d8");
    assertThat(PriceVersionDigest.of(List.of(input), List.of()))
        .isEqualTo(PriceVersionDigest.of(List.of(input)));
  }

  @Test
  void refusesASeventhDecimal() {
    PriceRate finer =
        new PriceRate("openai", "gpt-4o", "standard", null, "input", new BigDecimal("0.0000001"));
    assertThatThrownBy(() -> PriceVersionDigest.of(List.of(finer)))
        .isInstanceOf(ArithmeticException.class);
  }
}
