/*
 * repeat -n COUNT -j WIDTH -i FILE PROGRAM [ARG ...]: run a program COUNT
 * times, at most WIDTH at once, with FILE as its standard input, and print
 * what it took, in microseconds and kilobytes:
 *
 *	wall N cpu N rss N failed N
 *
 * This is not done by the script because a child that it starts would count
 * the memory of the interpreter as its own peak, and because starting one
 * would cost more than the program that is measured.
 */

#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct tally {
	long long cpu;		/* microseconds, user and system */
	long rss;		/* kilobytes, the largest of all */
	long failed;	/* exits other than 0 */
};

static long long
clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static long long
timeval_us(struct timeval tv)
{
	return (long long)tv.tv_sec * 1000000 + tv.tv_usec;
}

static void
start(char **command, const char *input)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input,
	    O_RDONLY, 0);
	errno = posix_spawn(&pid, command[0], &actions, NULL, command,
	    environ);
	if (errno != 0)
		err(1, "%s", command[0]);
	posix_spawn_file_actions_destroy(&actions);
}

static void
reap(struct tally *tally)
{
	struct rusage used;
	int status;

	if (wait4(-1, &status, 0, &used) == -1)
		err(1, "wait4");
	tally->cpu += timeval_us(used.ru_utime) + timeval_us(used.ru_stime);
	if (used.ru_maxrss > tally->rss)
		tally->rss = used.ru_maxrss;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		tally->failed++;
}

static struct tally
repeat(long count, long width, char **command, const char *input)
{
	struct tally tally = { 0, 0, 0 };
	long started, running = 0;

	for (started = 0; started < count; started++) {
		if (running == width) {
			reap(&tally);
			running--;
		}
		start(command, input);
		running++;
	}
	for (; running > 0; running--)
		reap(&tally);
	return tally;
}

int
main(int argc, char **argv)
{
	struct tally tally;
	const char *input = "/dev/null";
	long long began;
	long count = 1, width = 1;
	int c;

	while ((c = getopt(argc, argv, "+i:j:n:")) != -1) {
		if (c == 'i')
			input = optarg;
		else if (c == 'j')
			width = atol(optarg);
		else if (c == 'n')
			count = atol(optarg);
		else
			return 64;
	}
	if (optind == argc || width < 1)
		errx(64, "usage: repeat -n COUNT -j WIDTH -i FILE PROGRAM");
	began = clock_us();
	tally = repeat(count, width, argv + optind, input);
	printf("wall %lld cpu %lld rss %ld failed %ld\n", clock_us() - began,
	    tally.cpu, tally.rss, tally.failed);
	return 0;
}
