/* How numbers are written for people, the same in every output: significant digits, thousands in
 * groups, SI prefixes, never an exponent of e-notation. */
#ifndef TARE_BASE_NUMBERS_H
#define TARE_BASE_NUMBERS_H

enum { NUMBER_BYTES = 80, UNIT_NAME_BYTES = 40 };

/* Four significant digits, or all before the point, thousands in groups: "0.6183", "22,952",
 * "2,393,300,000"; beyond 21 digits "2.393·10^25". Returns buffer. */
char *number_format(double value, char buffer[NUMBER_BYTES]);
/* Three significant digits, or all before the point: "0.62", "12.3", "1,560"; the sign is shown
 * where it is negative. Returns buffer. */
char *number_short(double value, char buffer[NUMBER_BYTES]);
/* The same of a change, always with its sign: "+0.62", "-12.3", "+1,560". Returns buffer. */
char *number_signed(double change, char buffer[NUMBER_BYTES]);
/* What values of this size are multiplied by, and the name of their unit then: from a million on,
 * and below 0.0001, units that take SI prefixes get another one, so that 1986000 "B/s" is to be
 * multiplied by 1e-6 and is in "MB/s". Else 1 and the unit. */
double number_scale(double value, const char *unit, char name[UNIT_NAME_BYTES]);
/* A value with its unit, so scaled: "22,952 Mop/s", "1.986 MB/s". No unit: NULL, "" or "1". Returns
 * buffer. */
char *number_with_unit(double value, const char *unit, char buffer[NUMBER_BYTES]);

#endif
