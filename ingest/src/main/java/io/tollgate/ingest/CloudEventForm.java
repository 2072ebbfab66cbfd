package io.tollgate.ingest;

import java.util.Locale;
import java.util.Optional;

/** In which of its three content types a body of events comes. */
enum CloudEventForm {
  /** One CloudEvent in structured mode. */
  SINGLE("application/cloudevents+json"),
  /** An array of CloudEvents. */
  BATCH("application/cloudevents-batch+json"),
  /** Either: for clients that can only say JSON. */
  PLAIN("application/json");

  static final String RULE =
      "must be application/cloudevents+json, application/cloudevents-batch+json or"
          + " application/json, in UTF-8";

  private final String mediaType;

  CloudEventForm(String mediaType) {
    this.mediaType = mediaType;
  }

  String mediaType() {
    return mediaType;
  }

  /** The form of a Content-Type header. Its charset may only be UTF-8, which is what JSON is in. */
  static Optional<CloudEventForm> of(String contentType) {
    String[] parts = contentType.toLowerCase(Locale.ROOT).split(";", -1);
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].strip().replace("\"", "");
      if (parameter.startsWith("charset=") && !parameter.equals("charset=utf-8")) {
        return Optional.empty();
      }
    }
    String type = parts[0].strip();
    for (CloudEventForm form : values()) {
      if (form.mediaType.equals(type)) {
        return Optional.of(form);
      }
    }
    return Optional.empty();
  }
}
