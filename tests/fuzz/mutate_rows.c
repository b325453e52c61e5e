/* Mutates lists of changes to rows (fuzz_rows.c): changes are added, removed and repeated;
 * tables, columns, rows and kinds of values are exchanged; texts become those that reports look
 * for, or what formats get wrong. */
#include "mutate.h"

#include <string.h>

#include "base/array.h"

enum { CHANGES_MAX = 64, HEAD_BYTES = 5, TEXT_KIND = 22, TABLES = 13, COLUMNS = 18, ROWS = 64 };

/* What reports ask for by name, and what formats get wrong. */
static const char *const words[] = {"exits", "cpuid", "hypercall", "port_io", "mmio", "page_first",
	"page_again", "halt_wakeup", "timer", "shootdown", "cpuid_work", "kvm", "guests", "vcpus",
	"cpu", "clock", "watched", "busy", "steal", "processes", "total", "total32", "level",
	"flush", "acknowledged_bytes", "device_share", "boot", "ready", "started", "disk", "net",
	"linpack", "lockhold", "mpi-pingpong", "hpcc", "migrate", "noise", "1x1", "1x2", "2x1",
	"2x2x4", "background=none", "background=linpack", "background=disk(op=write)", "threads=1",
	"threads=4 cells=2", "network=virtio", "pairs=2", "storage=file", "machines=2", "higher",
	"lower", "none", "median", "mean", "p99", "min", "max", "sum", "ratio", "difference",
	"headline", "detail", "validity", "ends", "smallest", "largest", "s", "us", "ns", "1/s",
	"MB/s", "B", "%", "1", "bytes", "cycles", "J", "output", "errors", "fake", "native",
	"continued", "prepared", "stopped", "machines", "environment", "interrupted", "finished",
	"{\"seconds\":2.5,\"host\":\"n1\"}", "{\"seconds\":1e308}",
	"{\"domain_xml_diff\":[\"-<a/>\",\"+<b/>\"]}",
	"{\"hypervisor\":\"QEMU\",\"accelerator\":\"tcg\"}", "{\"kernel\":\"6.1\"}",
	"{\"options\":{\"cache\":\"none\"}}", "{\"interval\":\"0.5s\"}", "{}", "[]", "{", "", "nan",
	"\x1b[2J", "\xc3\xff", "=cmd|' /C calc'!A0", "<script>", "\\input{x}", "a\nb",
	"1e308=", "key=value key=value", "=", " ", ",", "-"};

/* Where every change begins; returns how many. *end: behind the last. */
static size_t find_changes(const uint8_t *bytes, size_t count, size_t *places, size_t *end)
{
	size_t found = 0, at = 0;

	while (at + HEAD_BYTES <= count && found < CHANGES_MAX) {
		size_t left = count - at - HEAD_BYTES;

		places[found++] = at;
		at += HEAD_BYTES + (bytes[at + 4] < left ? bytes[at + 4] : left);
	}
	*end = at;
	return found;
}

/* Puts a new change where one is, or between two. */
static size_t put_change(
	uint8_t *bytes, size_t count, size_t most, size_t at, size_t old, uint64_t *random)
{
	const char *word = words[mutate_below(random, ARRAY_COUNT(words))];
	/* A word, or a number of those that the harness knows, or NULL, or a blob. */
	uint8_t kind = mutate_below(random, 3) ? TEXT_KIND : (uint8_t)mutate_below(random, 25);
	size_t length = kind >= TEXT_KIND - 1 ? strlen(word) : 0, size = HEAD_BYTES + length;
	uint8_t row = mutate_below(random, 3) ? (uint8_t)mutate_below(random, ROWS) : 255;

	if (count - old + size > most)
		return count;
	memmove(bytes + at + size, bytes + at + old, count - at - old);
	bytes[at] = (uint8_t)mutate_below(random, TABLES);
	bytes[at + 1] = (uint8_t)mutate_below(random, COLUMNS);
	bytes[at + 2] = row;
	bytes[at + 3] = kind;
	bytes[at + 4] = (uint8_t)length;
	for (size_t i = 0; i < length; i++)
		bytes[at + HEAD_BYTES + i] = (uint8_t)word[i];
	return count - old + size;
}

static size_t remove_change(uint8_t *bytes, size_t count, size_t at, size_t old)
{
	memmove(bytes + at, bytes + at + old, count - at - old);
	return count - old;
}

/* The byte left over, which says which store it is. */
static size_t other_store(uint8_t *bytes, size_t count, size_t most, size_t end)
{
	if (end < count) {
		bytes[end] ^= 1;
		return end + 1;
	}
	if (count < most)
		bytes[count++] = 1;
	return count;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t count, size_t most, unsigned seed)
{
	size_t places[CHANGES_MAX], end, found = find_changes(bytes, count, places, &end);
	uint64_t random = seed;

	mutate_random(&random);
	size_t which = mutate_below(&random, found), way = mutate_below(&random, 10);
	size_t at = found ? places[which] : end;
	size_t old = found ? (which + 1 < found ? places[which + 1] : end) - at : 0;
	if (way == 0)
		return LLVMFuzzerMutate(bytes, count, most);
	if (way == 1)
		return other_store(bytes, count, most, end);
	if (way == 2 && found > 1)
		return remove_change(bytes, count, at, old);
	if (way < 6 || !found)
		return put_change(bytes, count, most, at, 0, &random);
	if (way < 8)
		return put_change(bytes, count, most, at, old, &random);
	bytes[at + mutate_below(&random, HEAD_BYTES - 1)] = (uint8_t)mutate_below(&random, 64);
	return count;
}
