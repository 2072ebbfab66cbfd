package io.tollgate.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** A command run in this process: its status and what it wrote. */
record Ran(int status, String out, String err) {
  static Ran command(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine tollgate = Tollgate.commandLine();
    tollgate.setOut(new PrintWriter(out));
    tollgate.setErr(new PrintWriter(err));
    int status = tollgate.execute(args);
    return new Ran(status, out.toString(), err.toString());
  }

  JsonNode json() throws JsonProcessingException {
    return JsonMapper.builder()
        .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
        .build()
        .readTree(out);
  }
}
