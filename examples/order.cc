// SPDX-License-Identifier: MIT
/*
 * Which of two events was first? For sure, or not at all.
 *
 * order [DEVICE]
 *
 * Events are stamped with whole readings. Stamps from two machines are compared in
 * the same way as these two from one.
 */
#include <clockbound.h>

#include <cstring>
#include <iostream>
#include <memory>
#include <stdexcept>

using Device = std::unique_ptr<clockbound_device, decltype(&clockbound_device_close)>;

static Device open_device(const char *path)
{
	clockbound_device *device;
	int error = clockbound_device_open(&device, path);

	if (error)
		throw std::runtime_error(std::string("no clockbound device: ") +
					 std::strerror(-error));
	return Device(device, clockbound_device_close);
}

static clockbound_reading stamp(const Device &device)
{
	clockbound_reading now;
	int error = clockbound_read(device.get(), &now);

	if (error)
		throw std::runtime_error(std::strerror(-error));
	return now;
}

static const char *order(const clockbound_reading &first, const clockbound_reading &second)
{
	switch (clockbound_reading_compare(&first, &second)) {
	case CLOCKBOUND_ORDER_BEFORE:
		return "the first one";
	case CLOCKBOUND_ORDER_AFTER:
		return "the second one";
	default:
		return "cannot be told";
	}
}

int main(int argc, char **argv)
try {
	Device device = open_device(argc > 1 ? argv[1] : nullptr);
	clockbound_reading first = stamp(device);
	clockbound_reading second = stamp(device);

	std::cout << "at once, first was: " << order(first, second) << std::endl;

	if (int error = clockbound_wait_past(device.get(), &first, 5000000000))
		throw std::runtime_error(std::strerror(-error));
	second = stamp(device);
	std::cout << "after a wait, first was: " << order(first, second) << std::endl;
	return 0;
} catch (const std::exception &exception) {
	std::cerr << "order: " << exception.what() << std::endl;
	return 1;
}
