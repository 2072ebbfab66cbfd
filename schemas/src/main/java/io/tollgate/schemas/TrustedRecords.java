package io.tollgate.schemas;

import io.tollgate.schemas.avro.UsageEvent;
import org.apache.avro.Conversion;
import org.apache.avro.util.ClassSecurityValidator;

/**
 * Tells Avro which classes it may make objects of, and how long a value may be, before it makes or
 * reads any: a record's builder needs it as much as a serde does, whichever comes first.
 *
 * <p>It converts nothing. Avro looks for conversions ({@code META-INF/services}) whenever it makes
 * a data model, every generated record has one of its own, and so this class is there before any
 * record is.
 */
public final class TrustedRecords extends Conversion<TrustedRecords> {
  /** The longest text, bytes or collection of a record; what claims more is not allocated for. */
  static final int MOST_BYTES = 2 * 1024 * 1024;

  /** Of the generated records. Asking a class for its package does not initialize it. */
  private static final String PACKAGE = UsageEvent.class.getPackageName();

  static {
    // Read once by Avro, when its decoder is first loaded; a setting from outside wins.
    for (String kind : new String[] {"string", "bytes", "collectionItems"}) {
      String property = "org.apache.avro.limits." + kind + ".maxLength";
      if (System.getProperty(property) == null) {
        System.setProperty(property, Integer.toString(MOST_BYTES));
      }
    }
    ClassSecurityValidator.setGlobal(
        ClassSecurityValidator.composite(
            ClassSecurityValidator.getGlobal(), type -> type.getPackageName().equals(PACKAGE)));
  }

  @Override
  public Class<TrustedRecords> getConvertedType() {
    return TrustedRecords.class;
  }

  /** No schema has it. */
  @Override
  public String getLogicalTypeName() {
    return "tollgate-trusted-records";
  }
}
