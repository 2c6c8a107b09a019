// SPDX-License-Identifier: GPL-2.0-only
/*
 * An NTP server with a clock of its own, which is off by as much as the test says, and
 * states a root delay and a root dispersion that the test says, too: it need not be
 * honest.
 *
 *	guest-ntp BASE HOST ERROR DELAY DISPERSION
 *
 * at 127.0.0.HOST, the others in ns; for BASE see ntp_clock.h. A datagram with the text
 * "ERROR DELAY DISPERSION" changes them from the next answer on. Such a one, and an empty
 * one, is answered with the number of requests answered so far, as text. chronyd tells its
 * servers by their addresses.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "guest.h"
#include "ntp_clock.h"

#define SECOND		1000000000LL

/* From 1900 to 1970, s. */
#define EPOCH		2208988800ULL

#define MODE_CLIENT	3
#define MODE_SERVER	4
#define PRECISION	(-23)		/* 119 ns */

/* RFC 5905, figure 8. */
struct ntp {
	__u8 leap_version_mode, stratum, poll;
	__s8 precision;
	__u32 root_delay, root_dispersion, reference_id;
	__u32 reference[2], origin[2], receive[2], transmit[2];
};

static long long base, error, delay, dispersion;
static unsigned long answers;

/* What its clock shows: ns since 1970. */
static __s64 clock_now(void)
{
	return ntp_clock_truth(base, ntp_clock_raw()) + error;
}

static void put_time(__u32 *field, __s64 time)
{
	field[0] = htonl((__u32)(time / SECOND + EPOCH));
	field[1] = htonl((__u32)(((__u64)(time % SECOND) << 32) / SECOND));
}

/* 16 bits of seconds and 16 of their fraction, rounded up. */
static __u32 interval(long long ns)
{
	return htonl((__u32)(((ns << 16) + SECOND - 1) / SECOND));
}

static void answer(const struct ntp *request, __s64 received, struct ntp *reply)
{
	*reply = (struct ntp){
		.leap_version_mode = (request->leap_version_mode & 0x38) | MODE_SERVER,
		.stratum = 1,
		.poll = request->poll,
		.precision = PRECISION,
		.root_delay = interval(delay),
		.root_dispersion = interval(dispersion),
		.origin = { request->transmit[0], request->transmit[1] },
	};
	memcpy(&reply->reference_id, "TRUE", sizeof(reply->reference_id));
	put_time(reply->reference, received);
	put_time(reply->receive, received);
	put_time(reply->transmit, clock_now());
}

static bool is_request(const struct ntp *request, ssize_t length)
{
	int version = request->leap_version_mode >> 3 & 7;

	return length == sizeof(*request) && (version == 3 || version == 4) &&
	       (request->leap_version_mode & 7) == MODE_CLIENT;
}

static int open_port(const char *host)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(NTP_CLOCK_PORT),
		.sin_addr.s_addr = htonl(NTP_CLOCK_NET + (__u32)atoi(host)),
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		guest_die(host);
	return fd;
}

static void serve(int fd)
{
	union {
		struct ntp ntp;
		char text[128];
	} request;
	struct sockaddr_in client;
	socklen_t size = sizeof(client);
	struct ntp reply;
	ssize_t length;
	__s64 received;

	length = recvfrom(fd, &request, sizeof(request) - 1, 0, (struct sockaddr *)&client, &size);
	received = clock_now();
	if (length < 0)
		guest_die("recvfrom");
	if (is_request(&request.ntp, length)) {
		answer(&request.ntp, received, &reply);
		sendto(fd, &reply, sizeof(reply), 0, (struct sockaddr *)&client, size);
		answers++;
		return;
	}
	request.text[length] = '\0';
	if (length && sscanf(request.text, "%lld %lld %lld", &error, &delay, &dispersion) != 3)
		return;
	length = snprintf(request.text, sizeof(request.text), "%lu", answers);
	sendto(fd, request.text, length, 0, (struct sockaddr *)&client, size);
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 6)
		return 2;
	base = atoll(argv[1]);
	error = atoll(argv[3]);
	delay = atoll(argv[4]);
	dispersion = atoll(argv[5]);
	fd = open_port(argv[2]);
	for (;;)
		serve(fd);
}
