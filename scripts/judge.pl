#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
#
# judge.pl LOG...
#
# Says what the logs of scripts/record.sh amount to, by the parser of Perl's "prove".
# The first line is "N passed, N failed" or "N passed, N failed, N skipped"; what
# failed follows. The exit code is 0 if nothing did.
#
# A test that has no plan, does not keep it, tests nothing or ends with an exit code
# that its assertions do not explain counts as one failure, beside those that it says.

use strict;
use warnings;
use TAP::Parser;

my $TAIL = 40;		# lines of a test that does not say itself what failed
my $AROUND = 12;	# comments before an assertion that failed, and after it
my ($passed, $failed, $skipped) = (0, 0, 0);
my @report;

sub judge
{
	my ($log) = @_;
	my (@bad_lines, @problems, $exit, $seconds);
	my $bad = 0;

	my @lines;
	if (open my $file, '<', $log) {
		@lines = <$file>;
		for (@lines) {
			($exit, $seconds) = ($1, $2) if /^# exit code (\d+) after (\d+) s$/;
		}
	}
	# The parser takes no empty text
	my $parser = TAP::Parser->new({ tap => join('', "\n", @lines) });

	my @comments;
	my $room = 0;
	while (my $result = $parser->next) {
		if ($result->is_comment) {
			my $comment = '  ' . $result->as_string;
			if ($room) {
				push @bad_lines, $comment;
				$room--;
			} else {
				push @comments, $comment;
			}
		}
		push @problems, $result->as_string if $result->is_bailout;
		next unless $result->is_test;
		# What is still to be done has failed as well
		if (!$result->is_actual_ok || $result->has_todo) {
			splice @comments, 0, -$AROUND if @comments > $AROUND;
			push @bad_lines, @comments, $result->as_string;
			$bad++;
			$room = $AROUND;
			@comments = ();
			next;
		}
		if ($result->has_skip) {
			$skipped++;
		} else {
			$passed++;
		}
		@comments = ();
		$room = 0;
	}
	push @problems, $parser->parse_errors;
	if (join('', @lines) =~ /^1\.\.0 # SKIP \S/m) {
		$skipped++;
	} elsif (!$parser->tests_run && !@problems) {
		push @problems, 'nothing was tested';
	}
	if (!defined $exit) {
		push @problems, 'it was not recorded to its end';
	} elsif ($exit == 124) {
		push @problems, "it hung, and was ended after $seconds s";
	} elsif ($exit && !$bad) {
		push @problems, "exit code $exit";
	}

	$failed += $bad + (@problems ? 1 : 0);
	return unless $bad || @problems;
	push @report, @bad_lines;
	if (!$bad) {
		my $first = @lines > $TAIL ? @lines - $TAIL : 0;
		chomp @lines;
		push @report, map { "  | $_" } @lines[$first .. $#lines];
	}
	my ($name) = $log =~ m{([^/]*?)(?:\.log)?$};
	push @report, map { "not ok: $name: $_" } @problems;
	push @report, '  ' . (defined $exit ? "exit code $exit, " : '') . "the rest is in $log";
}

judge($_) for @ARGV;
$failed++, push @report, 'not ok: there are no tests' unless @ARGV;

print "$passed passed, $failed failed", $skipped ? ", $skipped skipped" : '', "\n";
print map { "$_\n" } @report;
exit($failed ? 1 : 0);
