// SPDX-License-Identifier: GPL-2.0-only
/*
 * A chronyd without a clock. It speaks the protocol in its own words, not in those
 * of the program under test.
 */
#include "fake_chronyd.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SECOND	1000000000LL

/* From BURST to the measurement, ns. */
#define MEASURING_TIME	30000000

struct request {
	__u8 version, type, reserved[2];
	__u16 command, attempt;
	__u32 sequence, padding[2];
	__u8 data[500];
};

struct reply {
	__u8 version, type, reserved[2];
	__u16 command, reply, status, padding[3];
	__u32 sequence, padding2[2];
	__u32 ref_id;
	__u8 address[20];
	__u16 stratum, leap;
	__u32 seconds_high, seconds_low, nanoseconds;
	__u32 current_correction, last_offset, rms_offset, freq, resid_freq, skew;
	__u32 root_delay, root_dispersion, last_update_interval;
};

/* A reply's header is so long. */
#define HEADER	28

/* The data of the reply to SOURCE_DATA. */
struct source_data {
	__u32 address[4];
	__u16 family, padding;
	__u16 poll, stratum, state, mode, flags, reachability;
	__u32 since_sample, original, latest, error;
};

static __s64 clock_now(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

/* 2^exponent as a chrony_float: 2^23 * 2^(exponent + 2 - 25) */
static __u32 power_of_two(int exponent)
{
	return htonl((__u32)(exponent + 2) << 25 | 1 << 23);
}

/* 24 bits of a number: 2^23 to 2^24 times a power of two. */
static __u32 number(double value)
{
	int exponent;
	double fraction = frexp(value, &exponent);

	if (!value)
		return 0;
	return htonl((__u32)(exponent + 1) << 25 |
		     ((__u32)(__s32)lround(ldexp(fraction, 24)) & 0x1ffffff));
}

/* Nobody but it tunes the clock, it says: without, the clock would run so fast, ppm. */
static double frequency(void)
{
	struct timex timex = { .modes = 0 };

	adjtimex(&timex);
	return -(double)timex.freq / 65536 - (timex.tick - 10000) * 100.;
}

static void fill_tracking(const struct fake_chronyd *chronyd, struct reply *reply)
{
	reply->freq = number(frequency());
	reply->current_correction = number(chronyd->correction);
	reply->skew = number(chronyd->skew);
	/* A measurement takes its time */
	if (chronyd->ref_time > clock_now(CLOCK_REALTIME)) {
		reply->leap = htons(3);
		return;
	}
	reply->ref_id = htonl(chronyd->ref_id);
	reply->stratum = htons(6);
	reply->leap = htons(chronyd->ref_time ? chronyd->leap : 3);
	reply->seconds_high = htonl((__u32)(chronyd->ref_time / SECOND >> 32));
	reply->seconds_low = htonl((__u32)(chronyd->ref_time / SECOND));
	reply->nanoseconds = htonl((__u32)(chronyd->ref_time % SECOND));
	reply->root_delay = power_of_two(chronyd->root_delay);
	reply->last_update_interval = power_of_two(chronyd->update_interval);
}

static size_t answer_source(const struct fake_chronyd *chronyd, const struct request *request,
			    struct reply *reply)
{
	struct source_data data = { .family = htons(1) };
	const struct fake_source *source;
	__u32 index;

	memcpy(&index, request->data, sizeof(index));
	index = ntohl(index);
	if (index >= chronyd->sources) {
		reply->status = htons(4);
		return HEADER;
	}
	source = &chronyd->source[index];
	reply->reply = htons(3);
	data.address[0] = htonl(source->address);
	data.poll = htons(source->poll);
	data.state = htons(source->state);
	data.mode = htons(source->mode);
	memcpy((__u8 *)reply + HEADER, &data, sizeof(data));
	return HEADER + sizeof(data);
}

static size_t answer(struct fake_chronyd *chronyd, const struct request *request,
		     struct reply *reply)
{
	__u16 command = ntohs(request->command);
	size_t length = HEADER;

	*reply = (struct reply){
		.version = 6, .type = 2, .command = request->command, .reply = htons(1),
		.sequence = request->sequence,
	};
	if (command == 33) {
		reply->reply = htons(5);
		fill_tracking(chronyd, reply);
		return sizeof(*reply);
	}
	if (command == 15)
		return answer_source(chronyd, request, reply);
	if (chronyd->manner == FAKE_REFUSES)
		reply->status = htons(2);
	else if (command == 66)
		chronyd->ref_time = 0;
	else if (command == 3 && chronyd->no_sources)
		reply->status = htons(4);
	else if (command == 3 && chronyd->measures)
		chronyd->ref_time = clock_now(CLOCK_REALTIME) + MEASURING_TIME;
	return length;
}

static void serve(struct fake_chronyd *chronyd, const struct request *request, size_t length,
		  const struct sockaddr_un *client, socklen_t client_size)
{
	unsigned int number = chronyd->requests % FAKE_REQUESTS;
	union {
		struct reply reply;
		__u8 bytes[sizeof(struct reply)];
	} message;

	chronyd->request[number] = ntohs(request->command);
	chronyd->at[number] = (__u64)clock_now(CLOCK_MONOTONIC_RAW);
	chronyd->requests++;
	if (chronyd->manner == FAKE_SILENT || length < HEADER ||
	    (chronyd->hides_sources && request->command == htons(15)))
		return;
	length = answer(chronyd, request, &message.reply);
	if (chronyd->manner == FAKE_GARBAGE)
		memset(message.bytes, 0xa5, sizeof(message));
	if (chronyd->manner == FAKE_TRUNCATED)
		length--;
	if (chronyd->manner == FAKE_WRONG_SEQUENCE)
		message.reply.sequence ^= htonl(1);
	sendto(chronyd->fd, &message, length, MSG_DONTWAIT, (const struct sockaddr *)client,
	       client_size);
}

/* An empty datagram ends it. */
static void *run(void *argument)
{
	struct fake_chronyd *chronyd = argument;
	struct sockaddr_un client;
	struct request request;
	socklen_t client_size;
	ssize_t length;

	for (;;) {
		client_size = sizeof(client);
		length = recvfrom(chronyd->fd, &request, sizeof(request), 0,
				  (struct sockaddr *)&client, &client_size);
		if (length <= 0)
			return NULL;
		pthread_mutex_lock(&chronyd->lock);
		serve(chronyd, &request, (size_t)length, &client, client_size);
		pthread_mutex_unlock(&chronyd->lock);
	}
}

static void open_socket(struct fake_chronyd *chronyd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(address.sun_path, chronyd->path);
	chronyd->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(chronyd->fd, (const struct sockaddr *)&address, sizeof(address))) {
		perror(chronyd->path);
		abort();
	}
}

/**
 * fake_chronyd_init() - make its directory; it is not running yet
 * @chronyd: the chronyd
 */
void fake_chronyd_init(struct fake_chronyd *chronyd)
{
	memset(chronyd, 0, sizeof(*chronyd));
	chronyd->fd = -1;
	pthread_mutex_init(&chronyd->lock, NULL);
	strcpy(chronyd->directory, "/tmp/clockbound-chrony-XXXXXX");
	if (!mkdtemp(chronyd->directory))
		abort();
	snprintf(chronyd->path, sizeof(chronyd->path), "%s/chronyd.sock", chronyd->directory);
	chronyd->measures = true;
	chronyd->ref_id = 0x7f000001;
	chronyd->root_delay = -10;
	chronyd->update_interval = 4;
}

/**
 * fake_chronyd_start() - let it answer
 * @chronyd: the chronyd
 */
void fake_chronyd_start(struct fake_chronyd *chronyd)
{
	open_socket(chronyd);
	if (pthread_create(&chronyd->thread, NULL, run, chronyd))
		abort();
}

/**
 * fake_chronyd_stop() - let it go away
 * @chronyd: the chronyd; may be started again
 */
void fake_chronyd_stop(struct fake_chronyd *chronyd)
{
	if (chronyd->fd < 0)
		return;
	shutdown(chronyd->fd, SHUT_RDWR);
	pthread_join(chronyd->thread, NULL);
	close(chronyd->fd);
	unlink(chronyd->path);
	chronyd->fd = -1;
}

/**
 * fake_chronyd_remove() - undo fake_chronyd_init()
 * @chronyd: the chronyd
 */
void fake_chronyd_remove(struct fake_chronyd *chronyd)
{
	fake_chronyd_stop(chronyd);
	if (rmdir(chronyd->directory))
		perror(chronyd->directory);
}
