// SPDX-License-Identifier: GPL-2.0-only
//
// A VMClock device for a QEMU that has none. tests/vm/vm.py keeps the page out
// of the guest's memory (memmap=) and maps the same page from the host: the file
// that backs the guest's RAM. Whoever writes there is the hypervisor.
//
// Notify: the Generic Event Device turns an edge on interrupt 20, which nothing
// else uses and which QEMU can be told to raise, into Notify (VCLK, 0x80).

DefinitionBlock ("", "SSDT", 2, "CBOUND", "VMCLOCK", 1)
{
	Device (\_SB.VCLK)
	{
		Name (_HID, "AMZNC10C")
		Name (_CID, "VMCLOCK")
		Name (_DDN, "VMCLOCK")
		Name (_UID, 0)
		Name (_STA, 0x0F)
		Name (_CRS, ResourceTemplate () {
			QWordMemory (ResourceConsumer, PosDecode, MinFixed, MaxFixed,
				     Cacheable, ReadOnly, 0,
				     0x08000000, 0x08000FFF, 0, 0x1000)
		})
	}

	Device (\_SB.VGED)
	{
		Name (_HID, "ACPI0013")
		Name (_UID, "VMCLOCK")
		Name (_CRS, ResourceTemplate () {
			Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive) { 20 }
		})
		Method (_EVT, 1, Serialized)
		{
			Notify (\_SB.VCLK, 0x80)
		}
	}
}
