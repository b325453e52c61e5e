/* See patterns.h. */
#include "publish/patterns.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"

enum { ADDRESS_BYTES = 64 };

bool pattern_is_in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Groups of hexadecimal digits, digits of them each, with separators between; the length, or 0. */
static size_t hex_groups(const char *at, const size_t *digits, size_t count, const char *separators)
{
	size_t length = 0;

	for (size_t i = 0; i < count; i++) {
		if (i > 0 && (!at[length] || !strchr(separators, at[length++])))
			return 0;
		for (size_t d = 0; d < digits[i]; d++)
			if (!isxdigit((unsigned char)at[length++]))
				return 0;
	}
	return pattern_is_in_word(at[length]) ? 0 : length;
}

/* 00:16:3e:01:02:03, 00-16-3e-01-02-03; InfiniBand's of twenty bytes, too. */
static size_t match_mac(const char *at, char before, size_t *kept)
{
	static const size_t digits[20] = {
		2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
	static const size_t counts[] = {20, 8, 6};

	(void)kept;
	for (size_t i = 0; i < ARRAY_COUNT(counts) && before != ':' && before != '-'; i++) {
		size_t length = hex_groups(at, digits, counts[i], ":-");
		if (length && at[length] != ':' && at[length] != '-')
			return length;
	}
	return 0;
}

static size_t match_uuid(const char *at, char before, size_t *kept)
{
	static const size_t digits[] = {8, 4, 4, 4, 12};

	(void)kept;
	return before == '-' ? 0 : hex_groups(at, digits, ARRAY_COUNT(digits), "-");
}

static bool is_own_network(const struct in_addr *address)
{
	unsigned host = ntohl(address->s_addr);

	return host == 0 || host >> 24 == 127 || host >> 17 == (198 << 7 | 18 >> 1) ||
	       host == 0xffffffff;
}

static size_t match_ipv4(const char *at, char before, size_t *kept)
{
	size_t length = strspn(at, "0123456789.");
	char text[ADDRESS_BYTES];
	struct in_addr address;

	(void)kept;
	/* "10.0.0.1." ends a sentence. */
	while (length && at[length - 1] == '.')
		length--;
	if (!length || length >= sizeof(text) || before == '.' || pattern_is_in_word(at[length]))
		return 0;
	snprintf(text, sizeof(text), "%.*s", (int)length, at);
	if (inet_pton(AF_INET, text, &address) != 1 || is_own_network(&address))
		return 0;
	return length;
}

static size_t match_ipv6(const char *at, char before, size_t *kept)
{
	static const struct in6_addr any = IN6ADDR_ANY_INIT, loopback = IN6ADDR_LOOPBACK_INIT;
	size_t length = strspn(at, "0123456789abcdefABCDEF:.");
	char text[ADDRESS_BYTES];
	struct in6_addr address;

	(void)kept;
	while (length && (at[length - 1] == '.' ||
				 (at[length - 1] == ':' && (length < 2 || at[length - 2] != ':'))))
		length--;
	if (length < 3 || length >= sizeof(text) || before == ':' || pattern_is_in_word(at[length]))
		return 0;
	snprintf(text, sizeof(text), "%.*s", (int)length, at);
	if (inet_pton(AF_INET6, text, &address) != 1 || memcmp(&address, &any, sizeof(any)) == 0 ||
		memcmp(&address, &loopback, sizeof(loopback)) == 0)
		return 0;
	return length;
}

/* /home/NAME. */
static size_t match_home(const char *at, char before, size_t *kept)
{
	static const char home[] = "home/";
	size_t name;

	if (before != '/' || strncmp(at, home, strlen(home)) != 0)
		return 0;
	*kept = strlen(home);
	name = strcspn(at + *kept, "/ \t\r\n\"':,;");
	return name ? *kept + name : 0;
}

static size_t word_length(const char *at)
{
	size_t length = 0;

	while (pattern_is_in_word(at[length]) || (at[length] && strchr("-.", at[length])))
		length++;
	while (length && (at[length - 1] == '.' || at[length - 1] == '-'))
		length--;
	return length;
}

/* NAME@HOST, as of e-mail and ssh. */
static size_t match_login(const char *at, char before, size_t *kept)
{
	size_t name = word_length(at), host;

	(void)kept;
	if (!name || at[name] != '@' || before == '.' || before == '-')
		return 0;
	host = word_length(at + name + 1);
	return host && isalpha((unsigned char)at[name + 1]) ? name + 1 + host : 0;
}

/* "Serial Number: X", "serial=X", "serial": "X": a value with a digit in it. */
static size_t match_serial(const char *at, char before, size_t *kept)
{
	static const char *const names[] = {
		"serial number", "serial_number", "serial no", "serial"};
	size_t value = 0;

	(void)before;
	for (size_t i = 0; i < ARRAY_COUNT(names) && !value; i++)
		if (strncasecmp(at, names[i], strlen(names[i])) == 0)
			value = strlen(names[i]);
	if (!value || pattern_is_in_word(at[value]))
		return 0;
	size_t between = strspn(at + value, " \t\"':=.");
	if (!strpbrk(at + value, ":=") || strcspn(at + value, ":=") >= between)
		return 0;
	*kept = value + between;
	size_t length = word_length(at + *kept);
	return strcspn(at + *kept, "0123456789") < length ? *kept + length : 0;
}

size_t pattern_match(const char *at, char before, size_t *kept, const char **instead)
{
	static const struct {
		size_t (*match)(const char *at, char before, size_t *kept);
		const char *instead;
	} patterns[] = {
		{match_uuid, "uuid"},
		{match_mac, "mac-address"},
		{match_ipv4, "ip-address"},
		{match_ipv6, "ip-address"},
		{match_home, "user"},
		{match_login, "user@host"},
		{match_serial, "serial-number"},
	};

	for (size_t i = 0; i < ARRAY_COUNT(patterns); i++) {
		*kept = 0;
		size_t length = patterns[i].match(at, before, kept);
		if (length) {
			*instead = patterns[i].instead;
			return length;
		}
	}
	return 0;
}
