/**
 * Price files of other projects, turned into price versions of ours. Pure: text in, terms and a
 * list of what could not be taken over out. They live here, because the rating module reads no JSON
 * and governance knows no foreign formats.
 */
@NullMarked
package io.tollgate.app.prices;

import org.jspecify.annotations.NullMarked;
