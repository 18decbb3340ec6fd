/*
 * repeat -n COUNT -j WIDTH -i FILE [-f FIRST] PROGRAM [ARG ...]: run a program
 * COUNT times, at most WIDTH at once, with FILE as its standard input, and
 * print what it took, in microseconds and kilobytes, and when it began, in
 * microseconds of the monotonic clock:
 *
 *	wall N cpu N rss N failed N began N
 *
 * If FILE is a directory, the standard input is the file FIRST (-f, or 0) in
 * it, the one after it, and so on.
 *
 * This is not done by the script because a child that it starts would count
 * the memory of the interpreter as its own peak, and because starting one
 * would cost more than the program that is measured.
 */

#include <sys/resource.h>
#include <sys/stat.h>
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

struct options {
	const char *input;
	long first;
	long count;
	long width;
	int numbered;		/* the input is a directory of files */
};

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
start(char **command, const struct options *o, long number)
{
	char path[4096];
	posix_spawn_file_actions_t actions;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/%ld", o->input, o->first + number);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO,
	    o->numbered ? path : o->input, O_RDONLY, 0);
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
repeat(const struct options *o, char **command)
{
	struct tally tally = { 0, 0, 0 };
	long started, running = 0;

	for (started = 0; started < o->count; started++) {
		if (running == o->width) {
			reap(&tally);
			running--;
		}
		start(command, o, started);
		running++;
	}
	for (; running > 0; running--)
		reap(&tally);
	return tally;
}

static int
parse(struct options *o, int argc, char **argv)
{
	struct stat st;
	int c;

	while ((c = getopt(argc, argv, "+f:i:j:n:")) != -1) {
		switch (c) {
		case 'f': o->first = atol(optarg); break;
		case 'i': o->input = optarg; break;
		case 'j': o->width = atol(optarg); break;
		case 'n': o->count = atol(optarg); break;
		default: return -1;
		}
	}
	o->numbered = stat(o->input, &st) == 0 && S_ISDIR(st.st_mode);
	return optind < argc && o->width > 0 ? 0 : -1;
}

int
main(int argc, char **argv)
{
	struct options options = { "/dev/null", 0, 1, 1, 0 };
	struct tally tally;
	long long began;

	if (parse(&options, argc, argv) == -1)
		errx(64, "usage: repeat -n COUNT -j WIDTH -i FILE [-f FIRST] "
		    "PROGRAM [ARG ...]");
	began = clock_us();
	tally = repeat(&options, argv + optind);
	printf("wall %lld cpu %lld rss %ld failed %ld began %lld\n",
	    clock_us() - began, tally.cpu, tally.rss, tally.failed, began);
	return 0;
}
