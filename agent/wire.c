/* Packs and unpacks a job's specification and the report of its end. */
#include "agent/wire.h"

#include <stdlib.h>

#include "base/array.h"

enum { WORDS_MAX = 65536, CPUS_MAX = 8192 };

static void pack_words(struct text *out, const struct argv *words)
{
	pack_u32(out, (uint32_t)words->count);
	for (size_t i = 0; i < words->count; i++)
		pack_string(out, words->words[i]);
}

static void unpack_words(struct unpack *in, struct argv *words)
{
	size_t count = unpack_u32(in);

	if (count > WORDS_MAX)
		in->failed = true;
	for (size_t i = 0; i < count && !in->failed; i++) {
		char *word = unpack_string(in);

		if (word)
			argv_add(words, word);
		free(word);
	}
}

void wire_job_pack(struct text *out, const struct wire_job *job)
{
	pack_words(out, &job->argv);
	pack_words(out, &job->env);
	pack_words(out, &job->collect);
	pack_string(out, job->directory);
	pack_u32(out, (uint32_t)job->cpu_count);
	for (size_t i = 0; i < job->cpu_count; i++)
		pack_u32(out, job->cpus[i]);
	pack_f64(out, job->timeout_s);
	pack_u64(out, job->output_limit);
	pack_u8(out, job->hold);
}

static void unpack_cpus(struct unpack *in, struct wire_job *job)
{
	size_t count = unpack_u32(in);

	if (count > CPUS_MAX)
		in->failed = true;
	if (in->failed || !count)
		return;
	job->cpus = mem_new(count, sizeof(*job->cpus));
	job->cpu_count = count;
	for (size_t i = 0; i < count; i++) {
		job->cpus[i] = unpack_u32(in);
		if (job->cpus[i] >= CPUS_MAX)
			in->failed = true;
	}
}

bool wire_job_unpack(struct unpack *in, struct wire_job *job)
{
	*job = (struct wire_job){0};
	unpack_words(in, &job->argv);
	unpack_words(in, &job->env);
	unpack_words(in, &job->collect);
	job->directory = unpack_string(in);
	unpack_cpus(in, job);
	job->timeout_s = unpack_f64(in);
	job->output_limit = unpack_u64(in);
	job->hold = unpack_u8(in);
	if (unpack_done(in) && job->argv.count && job->timeout_s > 0)
		return true;
	wire_job_free(job);
	return false;
}

void wire_job_free(struct wire_job *job)
{
	argv_free(&job->argv);
	argv_free(&job->env);
	argv_free(&job->collect);
	free(job->directory);
	free(job->cpus);
	*job = (struct wire_job){0};
}

void wire_end_pack(struct text *out, const struct wire_end *end)
{
	pack_u8(out, end->timed_out);
	pack_u64(out, end->discarded_bytes);
	pack_i64(out, end->exit_status);
	pack_i64(out, end->signal);
	pack_string(out, end->reason);
	pack_i64(out, end->start_ns);
	pack_i64(out, end->end_ns);
	pack_f64(out, end->user_s);
	pack_f64(out, end->system_s);
	pack_f64(out, end->steal_s);
	pack_i64(out, end->max_rss_bytes);
	pack_i64(out, end->voluntary_switches);
	pack_i64(out, end->involuntary_switches);
}

bool wire_end_unpack(struct unpack *in, struct wire_end *end)
{
	*end = (struct wire_end){
		.timed_out = unpack_u8(in),
	};
	end->discarded_bytes = unpack_u64(in);
	end->exit_status = (int)unpack_i64(in);
	end->signal = (int)unpack_i64(in);
	end->reason = unpack_string(in);
	end->start_ns = unpack_i64(in);
	end->end_ns = unpack_i64(in);
	end->user_s = unpack_f64(in);
	end->system_s = unpack_f64(in);
	end->steal_s = unpack_f64(in);
	end->max_rss_bytes = unpack_i64(in);
	end->voluntary_switches = unpack_i64(in);
	end->involuntary_switches = unpack_i64(in);
	if (unpack_done(in))
		return true;
	free(end->reason);
	*end = (struct wire_end){0};
	return false;
}
