/* The part of a domain's XML that is about a directory which the guest shares with the host. */
#include "base/cleanup.h"
#include "drivers/domain_private.h"
#include "drivers/tuning.h"

const char *domain_share(const struct domain *domain)
{
	int share = domain->options && domain->share_dir ? domain->options->share : SHARE_NONE;

	return share == SHARE_NONE ? NULL : option_find(libvirt_rows, "share")->choices[share];
}

void domain_add_share_words(struct text *line, const struct domain *domain)
{
	if (!domain_share(domain))
		return;
	text_addf(line, " tare.share=%s", domain_share(domain));
	if (domain->options->share == SHARE_9P)
		text_addf(line, ":%lld", (long long)domain->options->share_msize);
}

/* libvirt gives 9p files to the user that QEMU runs as, where it may not give them to others. */
void domain_add_share(struct text *xml, const struct domain *domain)
{
	bool is_virtiofs;

	if (!domain_share(domain))
		return;
	is_virtiofs = domain->options->share == SHARE_VIRTIOFS;
	text_addf(xml, "    <filesystem type='mount' accessmode='%s'>\n",
		is_virtiofs ? "passthrough" : "squash");
	if (is_virtiofs)
		text_add(xml, "      <driver type='virtiofs'/>\n");
	if (is_virtiofs && domain->options->share_cache)
		text_addf(xml, "      <binary>\n        <cache mode='%s'/>\n      </binary>\n",
			option_find(libvirt_rows, "share_cache")
				->choices[domain->options->share_cache]);
	domain_add_quoted(xml, "      <source dir='", domain->share_dir, "'/>\n");
	text_add(xml, "      <target dir='" DOMAIN_SHARE_TAG "'/>\n");
	domain_add_slot(xml, domain, SLOT_SHARE);
	text_add(xml, "    </filesystem>\n");
}
