package io.tollgate.governance.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.InvalidInput;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookUrlTest {
  @ParameterizedTest
  @CsvSource({
    "https://hooks.example.com/a?b=c, 443",
    "HTTPS://hooks.example.com, 443",
    "https://hooks.example.com:8443/x, 8443",
    "https://hooks.example.com:80/x, 80",
    "https://1.1.1.1/x, 443",
    "https://[2606:4700:4700::1111]:1024/x, 1024"
  })
  void takesUrlsOfThePublicInternet(String url, int port) {
    assertThat(WebhookUrl.of(url, NotifySettings.standard()).port()).isEqualTo(port);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "hooks.example.com",
        "/hooks",
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "gopher://hooks.example.com/",
        "https:hooks.example.com",
        "https:///x",
        "https://user:password@hooks.example.com/",
        "https://user@hooks.example.com/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com:22/",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:65536/",
        "https://hooks.example.com:6e3/",
        "https://hooks.exämple.com/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nX: y",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00:ec2::254]/",
        "https://10.0.0.1:8443/"
      })
  void refusesAllOthers(String url) {
    assertThatThrownBy(() -> WebhookUrl.of(url, NotifySettings.standard()))
        .isInstanceOfSatisfying(InvalidInput.class, e -> assertThat(e.field()).isEqualTo("url"));
  }

  @Test
  void takesWhatTheInstallationAllows() {
    NotifySettings settings = NotifySettings.of("10.0.0.0/8", true);

    assertThat(WebhookUrl.of("http://10.0.0.1:8080/", settings).port()).isEqualTo(8080);
    assertThat(WebhookUrl.of("http://hooks.example.com/", settings).port()).isEqualTo(80);
    assertThatThrownBy(() -> WebhookUrl.of("http://127.0.0.1/", settings))
        .hasMessageContaining("127.0.0.0/8");
  }

  @Test
  void doesNotRepeatCredentials() {
    assertThatThrownBy(
            () -> WebhookUrl.of("https://user:hush@example.com/", NotifySettings.standard()))
        .hasMessageNotContaining("hush");
  }

  @Test
  void boundsTheLength() {
    String longest = "https://example.com/" + "a".repeat(2_028);

    assertThat(WebhookUrl.of(longest, NotifySettings.standard()).port()).isEqualTo(443);
    assertThatThrownBy(() -> WebhookUrl.of(longest + "a", NotifySettings.standard()))
        .isInstanceOf(InvalidInput.class);
  }
}
