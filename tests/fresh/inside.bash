# What the tests inside of fresh systems share; to be sourced by bash.
cd /root || exit 1
passed=0
failed=0
log=/root/log
conf=/etc/onehop/onehop.conf

# check TEXT COMMAND...: one test, the exit status of a command.  What the one
# before had to say is in $log.before.
check()
{
	local text=$1
	shift
	[ ! -e $log ] || mv "$log" "$log.before"
	if "$@" >$log 2>&1; then
		passed=$((passed + 1))
		echo "ok     $text"
	else
		failed=$((failed + 1))
		tail -n 30 $log | sed 's/^/    /'
		echo "FAILED $text"
	fi
}

no()
{
	! "$@"
}

# await COMMAND...: until it succeeds, for a minute at most.
await()
{
	for ((i = 0; i < 300; i++)); do
		"$@" && return
		sleep 0.2
	done
	echo "a minute was not enough: $*"
	return 1
}

# table README: its table, as: path mode owner, or path -> target.
table()
{
	zcat -f "$1" |
	    sed -nE 's,^    (/[^ ]+) +0([0-7]+) +([a-z]+:[a-z]+).*,\1 \2 \3,p
		s,^    (/[^ ]+) +link to (/.*),\1 -> \2,p'
}

# as_the_readme_says README
as_the_readme_says()
{
	local path mode owner is bad=0 lines=0
	while read -r path mode owner; do
		lines=$((lines + 1))
		if [ "$mode" = '->' ]; then
			is="-> $(readlink -f "$path")"
			[ -L "$path" ] || is="no link"
		else
			is=$(stat -c '%a %U:%G' "$path")
			mode=${mode#0}
		fi
		[ "$is" = "$mode $owner" ] && continue
		echo "$path is $is, not $mode $owner"
		bad=1
	done < <(table "$1")
	[ $lines -ge 7 ] && [ $bad -eq 0 ]
}

# spool_is_whole FILE: as that has it for systemd-tmpfiles, which is not here.
spool_is_whole()
{
	local type path mode user group rest is bad=0 lines=0
	while read -r type path mode user group rest; do
		case $type in
		d)	type=directory ;;
		p)	type=fifo ;;
		*)	continue ;;
		esac
		lines=$((lines + 1))
		is=$(stat -c '%F 0%a %U %G' "$path")
		is=${is/ 03/ 3}
		mode=${mode#0}
		[ "${is/ 0/ }" = "$type $mode $user $group" ] && continue
		echo "$path is $is, not $type $mode $user $group"
		bad=1
	done <"$1"
	[ $lines -ge 8 ] && [ $bad -eq 0 ]
}

# send NAME [PREFIX...]: tim sends a message to NAME@example.net, perhaps with
# something before sendmail; nothing is printed.
send()
{
	local said
	said=$(printf 'Subject: %s\n\nhello\n' "$1" |
	    runuser -u tim -- "${@:2}" sendmail "$1@example.net" 2>&1) &&
	    [ -z "$said" ] || { echo "sendmail: $said"; return 1; }
}

# arrivals NAME: how often it has arrived, authenticated and over TLS.
arrivals()
{
	grep "\"$1@example.net\"" smarthost.log | grep '"user": "tim"' |
	    grep -c '"tls": "TLSv1'
}

arrived()
{
	[ "$(arrivals "$1")" -eq 1 ]
}

# all_arrived NAME...
all_arrived()
{
	local name
	for name; do
		arrived "$name" || return
	done
}

# sent NAME [PREFIX...]
sent()
{
	send "$@" && await arrived "$1" && await queue_is_empty
}

queue_is_empty()
{
	mailq | grep -qx 'Mail queue is empty'
}

configure()
{
	cp smarthost.crt /usr/local/share/ca-certificates &&
	update-ca-certificates &&
	cat >>$conf <<-. &&
	relay smtps://localhost:465
	user tim
	admin root@example.net
	.
	install -m 0400 -o onehop -g onehop /dev/null /etc/onehop/password &&
	echo secret >/etc/onehop/password
}

# apt VERB PACKAGE...: as an administrator would who lets it ask nothing.
apt()
{
	apt-get -q -y -o Dpkg::Options::=--force-confold "$@" </dev/null
}

# queue_manager VERB: as the administrator does it.
queue_manager()
{
	service onehop "$1"
}

waiting()
{
	onehopctl list | grep -q "$1@example.net"
}

# port NUMBER: of the smarthost, in the configuration; nothing listens on 466.
port()
{
	sed -i "s,^relay .*,relay smtps://localhost:$1," $conf
}

# relay PORT: and the queue manager reads it.
relay()
{
	port "$1"
	queue_manager reload >$log
}

# steady FILE: sends until the file is there, and says what was not accepted.
steady()
{
	local n=0
	while [ ! -e "$1" ]; do
		n=$((n + 1))
		send "steady$n" || echo "steady$n: $?" >>refused
		echo $n >steady
	done
}

# each_once NAME COUNT
each_once()
{
	local n bad=0
	for ((n = 1; n <= $2; n++)); do
		[ "$(arrivals "$1$n")" -eq 1 ] && continue
		echo "$1$n arrived $(arrivals "$1$n") times"
		bad=1
	done
	return $bad
}

summary()
{
	echo "$passed passed, $failed failed"
	[ $failed -eq 0 ]
}
