package io.tollgate.governance.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuditEntryTest {
  private static final AuditEntry ENTRY =
      new AuditEntry(
          "acme",
          7,
          Instant.parse("2026-03-01T10:00:00.123Z"),
          "budget.updated",
          AuditEntry.Outcome.DONE,
          1,
          new Actor("admin_key", "key_1", null),
          "192.0.2.1",
          "PATCH /v1/organization/budgets/{budget_id}",
          "budget",
          "bud_1",
          null,
          "{\"amount\":\"5\"}",
          "{\"amount\":\"6\"}");

  /** Rows outlive the code that hashed them. */
  @Test
  void theHashOfARowIsPinned() {
    assertThat(HexFormat.of().formatHex(ENTRY.hash(AuditEntry.beginning())))
        .isEqualTo("39702802adbef9f9202b552cfb57920d13c3d026026dfa033a35e1f5948370a7");
  }

  @Test
  void textThatMovesFromOneFieldToTheNextIsAnotherRow() {
    AuditEntry left = with("bud", "get");
    AuditEntry right = with("budg", "et");
    assertThat(left.canonical()).isNotEqualTo(right.canonical());
    assertThat(with("", "x").canonical()).isNotEqualTo(with("x", "").canonical());
  }

  private static AuditEntry with(String kind, String subject) {
    return new AuditEntry(
        ENTRY.chain(),
        ENTRY.sequence(),
        ENTRY.at(),
        ENTRY.type(),
        ENTRY.outcome(),
        ENTRY.attempts(),
        ENTRY.actor(),
        ENTRY.address(),
        ENTRY.route(),
        kind,
        subject,
        ENTRY.workspace(),
        ENTRY.before(),
        ENTRY.after());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tg-op-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE",
        "tg-admin-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE",
        "tg-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE",
        "tg-user-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE",
        "whsec_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/=="
      })
  void secretsAreHiddenWhereverTheyStand(String secret) {
    assertThat(AuditText.json(Map.of("name", "my " + secret + " key")))
        .isEqualTo("{\"name\":\"my (hidden) key\"}");
    assertThat(AuditText.line("/v1/x?key=" + secret + "&y\n")).isEqualTo("/v1/x?key=(hidden)&y?");
  }

  @Test
  void whatIsShownOfASecretStays() {
    Map<String, Object> key = new HashMap<>();
    key.put("redacted_value", "tg-...Ab3x");
    assertThat(AuditText.json(key)).isEqualTo("{\"redacted_value\":\"tg-...Ab3x\"}");
  }
}
