package io.tollgate.governance.config;

import static io.tollgate.governance.config.ConfigDocumentTest.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

class EffectiveConfigTest {
  @Test
  void namesTheOriginOfEachValue() {
    ObjectNode effective =
        EffectiveConfig.of(
            json(
                "{'rate_limiting':{'enabled':true,'rpm':100},'models':{'allowed':['gpt-*'],"
                    + "'denied':['o1*']},'routing':{'prefer':{'region':'eu'},'retries':2}}"),
            json(
                "{'rate_limiting':{'enabled':true,'rpm':10,'tpm':5},"
                    + "'models':{'denied':['gpt-4','o1*']},'routing':{'prefer':{'region':'us'}}}"));

    assertThat(effective)
        .isEqualTo(
            json(
                "{'rate_limiting':{'enabled':true,'rpm':10,'tpm':5},"
                    + "'models':{'allowed':['gpt-*'],'denied':['o1*','gpt-4']},"
                    + "'routing':{'prefer':{'region':'us'},'retries':2},"
                    + "'origins':{'/rate_limiting/enabled':'workspace',"
                    + "'/rate_limiting/rpm':'workspace','/rate_limiting/tpm':'workspace',"
                    + "'/models/allowed':'organization','/models/denied/0':'organization',"
                    + "'/models/denied/1':'workspace','/routing/prefer/region':'workspace',"
                    + "'/routing/retries':'organization'}}"));
  }

  @Test
  void whatNobodySetIsTheDefault() {
    assertThat(EffectiveConfig.of(json("{}")))
        .isEqualTo(
            json(
                "{'rate_limiting':{'enabled':false,'rpm':null,'tpm':null},"
                    + "'models':{'allowed':['*'],'denied':[]},"
                    + "'origins':{'/rate_limiting/enabled':'default','/rate_limiting/rpm':'default',"
                    + "'/rate_limiting/tpm':'default','/models/allowed':'default',"
                    + "'/models/denied':'default'}}"));
  }

  @Test
  void aValueThatReplacesAnObjectTakesItsOriginsToo() {
    ObjectNode effective =
        EffectiveConfig.of(
            json("{'routing':{'a/b':{'c':1,'d':2}}}"), json("{'routing':{'a/b':3}}"));

    assertThat(effective.at("/routing")).isEqualTo(json("{'a/b':3}"));
    assertThat(effective.path("origins").path("/routing/a~1b").asText()).isEqualTo("workspace");
    assertThat(effective.path("origins").has("/routing/a~1b/c")).isFalse();
  }

  @Test
  void anObjectThatReplacesAValueDoesToo() {
    ObjectNode effective =
        EffectiveConfig.of(json("{'routing':{'a':1}}"), json("{'routing':{'a':{'b':2}}}"));

    assertThat(effective.at("/routing/a")).isEqualTo(json("{'b':2}"));
    assertThat(effective.path("origins").has("/routing/a")).isFalse();
    assertThat(effective.path("origins").path("/routing/a/b").asText()).isEqualTo("workspace");
  }
}
