// SPDX-License-Identifier: GPL-2.0-only
//
// The ACPI table that "vmhost run" gives its machine: a VMClock whose page lies at the end
// of vmhost's ivshmem memory, and its notification.
//
// VMHM is the ivshmem device, which qemu.c puts into slot 0x1e of the first PCI bus. The
// firmware chooses where its memory is, so VCLK reads that from the device itself. VCLK is
// below it so that Linux sees the page as a part of the device's memory: beside it, the two
// would be in each other's way, and Linux would move the device's memory elsewhere.
//
// VGED turns an edge on interrupt 5 into Notify (VCLK, 0x80). No device of QEMU's uses that
// interrupt unless it is told to; vmhost raises it through qtest.

DefinitionBlock ("", "SSDT", 2, "CBOUND", "VMCLOCK", 1)
{
	External (\_SB.PCI0, DeviceObj)

	Device (\_SB.PCI0.VMHM)
	{
		Name (_ADR, 0x001E0000)
		// QEMU's table has a device for this slot, too. Linux takes the one with _STA
		Name (_STA, 0x0F)

		OperationRegion (CONF, PCI_Config, 0, 0x40)
		Field (CONF, DWordAcc, NoLock, Preserve)
		{
			VNID, 32,	// vendor and device
			Offset (0x18),
			BARL, 32,	// BAR 2, the memory: lower half, with flags
			BARH, 32	// upper half
		}

		Device (VCLK)
		{
			Name (_HID, "AMZNC10C")
			Name (_CID, "VMCLOCK")
			Name (_DDN, "VMCLOCK")
			Name (_UID, 0)

			Method (_STA)
			{
				If (VNID == 0x11101AF4)
				{
					Return (0x0F)
				}
				Return (0)
			}

			// In halves: integers have 32 bits, because QEMU's DSDT is of revision 1.
			// In an expression, PAGE._MIN is a number of bits.
			Method (_CRS, 0, Serialized)
			{
				Name (RBUF, ResourceTemplate () {
					QWordMemory (ResourceConsumer, PosDecode, MinFixed, MaxFixed,
						     Cacheable, ReadOnly, 0,
						     0, 0x0FFF, 0, 0x1000, , , PAGE)
				})
				CreateField (RBUF, PAGE._MIN + 0, 32, MINL)
				CreateField (RBUF, PAGE._MIN + 32, 32, MINH)
				CreateField (RBUF, PAGE._MAX + 0, 32, MAXL)
				CreateField (RBUF, PAGE._MAX + 32, 32, MAXH)

				// VMHOST_PAGE_OFFSET in shared.h
				MINL = (BARL & 0xFFFFFFF0) + 0x00FF0000
				MAXL = MINL + 0x0FFF
				MINH = BARH
				MAXH = BARH
				Return (RBUF)
			}
		}
	}

	Device (\_SB.VGED)
	{
		Name (_HID, "ACPI0013")
		Name (_UID, "VMCLOCK")
		Name (_CRS, ResourceTemplate () {
			Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive) { 5 }
		})
		Method (_EVT, 1, Serialized)
		{
			Notify (\_SB.PCI0.VMHM.VCLK, 0x80)
		}
	}
}
