// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two command lines of QEMU, and whether they are for the same machine.
 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "same_machine.h"

static char error[256];

static struct argument_list split(char *text, struct bytes *words)
{
	struct argument_list list = { words, 0 };
	char *rest = NULL;

	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		words[list.count++] = (struct bytes) { (const __u8 *)word, strlen(word) };
	return list;
}

static bool same(const char *saved, const char *now)
{
	struct bytes saved_words[32], now_words[32];
	struct argument_list saved_list, now_list;
	char saved_text[300], now_text[300];

	snprintf(saved_text, sizeof(saved_text), "%s", saved);
	snprintf(now_text, sizeof(now_text), "%s", now);
	saved_list = split(saved_text, saved_words);
	now_list = split(now_text, now_words);
	error[0] = '\0';
	return same_machine(&saved_list, &now_list, error, sizeof(error));
}

static void assert_same(const char *saved, const char *now)
{
	if (!same(saved, now) || !same(now, saved))
		fail_msg("'%s' is not '%s': %s", saved, now, error);
}

static void assert_other(const char *saved, const char *now, const char *words)
{
	if (same(saved, now))
		fail_msg("'%s' is '%s'", saved, now);
	if (!strstr(error, words) || strchr(error, '\n'))
		fail_msg("'%s' does not say '%s'", error, words);
}

TEST(the_same_words)
{
	assert_same("", "");
	assert_same("-m 256M -smp 2 -device e1000", "-m 256M -smp 2 -device e1000");
	assert_same("--m 256M", "-m 256M");
}

TEST(where_on_the_host_something_is_may_differ)
{
	assert_same("-serial unix:/a", "-serial file:/b");
	assert_same("-chardev socket,id=c,path=/a", "-chardev socket,id=c,path=/b");
	assert_same("-kernel /a -initrd /b -append x", "-kernel /c -initrd /d -append y");
	assert_same("-drive file=/a,if=virtio,format=raw", "-drive file=/b,if=virtio,format=qcow2");
	assert_same("-drive if=virtio,file=/a", "-drive if=virtio,file=/b,cache=none");
	assert_same("-drive file=/a", "-drive file=/b");
	assert_same("-netdev user,id=n -device e1000,netdev=n",
		    "-netdev tap,id=n,ifname=t1 -device e1000,netdev=n");
	assert_same("disk.img", "clone.img");
	assert_same("-hda disk.img", "clone.img");
}

TEST(what_the_guest_cannot_see_may_be_there_or_not)
{
	assert_same("-m 1G", "-S -m 1G -no-reboot -name clone");
	assert_same("-qmp unix:/a,server=on -m 1G", "-m 1G -qmp unix:/b -monitor stdio");
	assert_same("-accel tcg", "-accel tcg,thread=single");
	assert_same("-display none -vnc :1", "-display gtk");
}

TEST(what_the_guest_sees_may_not)
{
	assert_other("-smp 2", "-smp 3", "-smp 3: that is not what the saved machine had there");
	assert_other("-m 1G", "-m 2G", "-m 2G: that is not");
	assert_other("-cpu max", "-cpu qemu64", "-cpu qemu64");
	assert_other("-machine q35", "-machine pc", "-machine pc");
	assert_other("-device e1000", "-device rtl8139", "-device rtl8139");
	assert_other("-drive file=/a,if=virtio", "-drive file=/a,if=ide",
		     "-drive file=/a,if=ide");
	assert_other("-drive file=/a", "-drive file=/a,if=ide", "-drive");
	assert_other("-drive file=/a,if=ide", "-drive file=/a", "-drive");
	assert_other("-serial unix:/a -serial unix:/b", "-serial unix:/a",
		     "argument 4 of the saved machine is missing here");
	assert_other("-m 1G", "-m 1G -device e1000",
		     "-device: the saved machine had no such one");
	assert_other("-device e1000 -device rtl8139", "-device rtl8139 -device e1000",
		     "-device rtl8139");
	assert_other("-m 1G --control", "-m 1G", "argument 3 of the saved machine is missing");
}

/* A container can have anything as its arguments; what is said is of the other side's. */
TEST(arguments_of_somebody_else)
{
	static const struct bytes odd[] = { { NULL, 0 }, { (const __u8 *)"-", 1 } };
	static const struct bytes own[] = { { (const __u8 *)"-usb", 4 } };
	const struct argument_list saved = { odd, 2 }, now = { own, 1 };

	assert_other("-\x1b[31m x", "-m 1G", "-m 1G: that is not");
	assert_null(strchr(error, '\x1b'));
	assert_other("-drive ,,,", "-drive a", "-drive a");
	assert_other("-drive =", "-drive ,,x", "-drive ,,x");
	assert_other("-a-name-that-is-longer-than-all-that-qemu-has-or-ever-will-have", "-m 1G",
		     "-m 1G");
	assert_false(same_machine(&saved, &now, error, sizeof(error)));
	assert_other("-serial", "", "argument 1 of the saved machine is missing");
}

TEST_MAIN(NULL, NULL)
