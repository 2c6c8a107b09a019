# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# clockboundctl's words for bash: the commands, then what each of them takes.

_clockboundctl_options()
{
	local common="--device --json --help"

	case $1 in
	'')		echo "$common --version" ;;
	now)		echo "$common --ioctl" ;;
	watch)		echo "$common --interval --count" ;;
	wait)		echo "$common --tai --timeout --max-width" ;;
	wait-sync)	echo "$common --timeout --max-width" ;;
	at)		echo "$common --marker --raw" ;;
	sync)		echo "--device --help --source --chrony-socket --max-drift-rate" \
				"--phc-ref-id --phc-interface --disable-clock-disruption-support" ;;
	*)		echo "$common" ;;
	esac
}

# The command among the words before the cursor: the first one that is neither an option
# nor an option's value.
_clockboundctl_command()
{
	local i

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--device | --interval | --count | --timeout | --max-width | --marker | -i | -n)
			i=$((i + 1)) ;;
		-* | =)
			;;
		*)
			echo "${COMP_WORDS[i]}"
			return ;;
		esac
	done
}

# Names of network interfaces, one a line.
_clockboundctl_interfaces()
{
	local path

	for path in /sys/class/net/*; do
		printf '%s\n' "${path##*/}"
	done
}

# Almost any character may be in such a name, "$(...)" among them. compgen -W would
# execute that, and so would the shell what is put into the command line unquoted.
_clockboundctl_complete_interface()
{
	local word=$1 name

	while read -r name; do
		if [[ $name == "$word"* ]]; then
			printf -v name %q "$name"
			COMPREPLY+=("$name")
		fi
	done < <(_clockboundctl_interfaces)
}

_clockboundctl()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local command words=

	command=$(_clockboundctl_command)
	COMPREPLY=()
	case $before in
	--device | --chrony-socket)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		compopt -o filenames 2>/dev/null
		return ;;
	--source)
		words="chrony adjtimex" ;;
	--phc-interface)
		_clockboundctl_complete_interface "$word"
		return ;;
	-i | -n | -r | --interval | --count | --timeout | --max-width | --marker | \
		--max-drift-rate | --phc-ref-id)
		return ;;
	*)
		if [[ $word == -* ]]; then
			words=$(_clockboundctl_options "$command")
		elif [[ -z $command ]]; then
			words="status now watch wait wait-sync at bench sync"
		fi ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _clockboundctl clockboundctl
