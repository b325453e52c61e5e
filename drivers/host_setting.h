/* Settings of the host's kernel that hold while a guest runs: read back, and restored after the
 * last guest of the campaign that asked for them, or by cleaning after it was killed. */
#ifndef TARE_DRIVERS_HOST_SETTING_H
#define TARE_DRIVERS_HOST_SETTING_H

#include "drivers/libvirt_options.h"

/* Whether the host has the settings that the options ask for, and this process may write them. */
int host_settings_possible(const struct libvirt_options *options, struct error *why_not);
/* Sets what the options ask for; each setting is read back. host_settings_release undoes it, once
 * for each success. */
int host_settings_hold(
	const char *campaign_id, const struct libvirt_options *options, struct error *e);
void host_settings_release(const char *campaign_id);
/* Restores what a killed campaign left changed; returns how many settings. */
size_t host_settings_restore(const char *campaign_id);
/* The value of the setting behind an option now, in the option's own words; NULL if there is none.
 * Caller frees. */
char *host_setting_read(const char *option);

#endif
