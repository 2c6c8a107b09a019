// SPDX-License-Identifier: GPL-2.0-only
/*
 * Our socket in chronyd's directory, where chronyd's user can put something else in the
 * place of any name. What concerns root is skipped for anybody else; tests/vm/test_sync.py
 * has a daemon of root's, too.
 */
#include "test.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "chrony.h"

/* Somebody who is not root. */
#define CHRONY_ID	12345

static char directory[32], path[64], victim[64];
static struct chrony chrony;
static int chronyd;

/* At the moment when our socket has got its name, somebody else takes that away. */
static bool swap;

int bind(int fd, const struct sockaddr *address, socklen_t size)
{
	const char *name = ((const struct sockaddr_un *)address)->sun_path;
	int rc = (int)syscall(SYS_bind, fd, address, size);

	if (swap && !rc && (unlink(name) || symlink(victim, name)))
		abort();
	return rc;
}

static mode_t mode_of(const char *name)
{
	struct stat stat;

	assert_int_equal(lstat(name, &stat), 0);
	return stat.st_mode & 07777;
}

FIXTURE(setup)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	FILE *file;

	strcpy(directory, "/tmp/clockbound-socket-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/chronyd.sock", directory);
	snprintf(victim, sizeof(victim), "%s.victim", directory);
	file = fopen(victim, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(chmod(victim, 0600), 0);

	swap = false;
	chronyd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	strcpy(address.sun_path, path);
	assert_int_equal(bind(chronyd, (struct sockaddr *)&address, sizeof(address)), 0);
	return chrony_init(&chrony, path);
}

FIXTURE(teardown)
{
	chrony_close(&chrony);
	close(chronyd);
	unlink(path);
	unlink(chrony.own.sun_path);
	unlink(victim);
	return rmdir(directory);
}

static void give_to_chrony(void)
{
	if (geteuid())
		skip();
	assert_int_equal(chown(path, CHRONY_ID, CHRONY_ID), 0);
	assert_int_equal(chown(directory, CHRONY_ID, CHRONY_ID), 0);
}

/* Whoever chronyd is, it can answer; and our umask is ours again. */
TEST_F(for_chronyd)
{
	mode_t mask = umask(077);

	assert_int_equal(chrony_send(&chrony, CHRONY_TRACKING, 1, 0), 0);
	assert_int_equal(umask(mask), 077);
	assert_int_equal(mode_of(chrony.own.sun_path), 0777);
	chrony_close(&chrony);
	assert_int_equal(access(chrony.own.sun_path, F_OK), -1);
}

TEST_F(swapped)
{
	swap = true;
	assert_int_equal(chrony_send(&chrony, CHRONY_TRACKING, 1, 0), 0);
	assert_int_equal(mode_of(victim), 0600);
}

/* It is made as chronyd's user makes files, and everything else is done as root again. */
TEST_F(owner)
{
	struct stat stat;

	give_to_chrony();
	assert_int_equal(chrony_send(&chrony, CHRONY_TRACKING, 1, 0), 0);
	assert_int_equal(lstat(chrony.own.sun_path, &stat), 0);
	assert_int_equal(stat.st_uid, CHRONY_ID);
	assert_int_equal(stat.st_gid, CHRONY_ID);
	assert_int_equal(setfsuid(-1), geteuid());
	assert_int_equal(setfsgid(-1), getegid());
	chrony_close(&chrony);
	assert_int_equal(access(chrony.own.sun_path, F_OK), -1);
	assert_int_equal(setfsuid(-1), geteuid());
	assert_int_equal(setfsgid(-1), getegid());
}

/* What chronyd's user may not do, root does not do for him: make a name, ... */
TEST_F(no_right_to_make)
{
	give_to_chrony();
	assert_int_equal(chmod(directory, 0500), 0);
	assert_int_equal(chrony_send(&chrony, CHRONY_TRACKING, 1, 0), -EACCES);
	assert_int_equal(access(chrony.own.sun_path, F_OK), -1);
	assert_int_equal(setfsuid(-1), geteuid());
}

/* ... remove one, ... */
TEST_F(no_right_to_remove)
{
	give_to_chrony();
	assert_int_equal(chrony_send(&chrony, CHRONY_TRACKING, 1, 0), 0);
	assert_int_equal(chmod(directory, 0500), 0);
	chrony_close(&chrony);
	assert_int_equal(access(chrony.own.sun_path, F_OK), 0);
	assert_int_equal(setfsuid(-1), geteuid());
}

/* ... or talk to a socket. */
TEST_F(no_right_to_talk)
{
	give_to_chrony();
	assert_int_equal(chown(path, 0, 0), 0);
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(chrony_send(&chrony, CHRONY_TRACKING, 1, 0), -EACCES);
}

TEST_MAIN(NULL, NULL)
