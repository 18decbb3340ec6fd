# Completion of onehopctl(8) for bash.  Verbs, options and words are those that
# "onehopctl --help" prints, so that none is missing here.

# One verb a line, and what follows it; a term such as [filter ...] stands for
# what the line "filter: ..." has.
_onehopctl_usage()
{
	"$1" --help 2>/dev/null | awk '
		sub(/^.*onehopctl \[-C file\] /, "") { verbs[++n] = $0; next }
		/^[a-z]+: / { name = $1; sub(/^[a-z]+: */, "") }
		name == "" && /^  / { sub(/^ */, " "); verbs[n] = verbs[n] $0 }
		name != "" && /^(  |-)/ { terms[name] = terms[name] " " $0 }
		END {
			for (name in terms) {
				gsub(/-[^ ]+ [^ -][^ ]*/, "[&]", terms[name])
				term = "\\[" substr(name, 1, length(name) - 1) " [.]*\\]"
				for (i = 1; i <= n; i++)
					sub(term, terms[name], verbs[i])
			}
			for (i = 1; i <= n; i++)
				print verbs[i]
		}'
}

# The IDs of messages in the directories $2 that begin with $1; the rest is
# onehopctl.  There may be very many, and to most users they are not shown.
_onehopctl_ids()
{
	local begin=$1 states=$2 spool state
	shift 2
	spool=$("$@" config 2>/dev/null | sed -n 's/^spool //p')
	for state in $states; do
		ls -f "$spool/$state" 2>/dev/null
	done | sed -n 's/^\([0-9A-F]\{13\}\)\(\.[0-9]*\)*$/\1/p' |
	    grep "^$begin" | head -n 500
}

# What a word $1 of the usage stands for, as a list, or "files".
_onehopctl_meaning()
{
	local word=$1 verb=$2 states='new cur hold failed'
	shift 2
	case $word in
	ID)
		case $verb in
		failed)		states=failed ;;
		release)	states=hold ;;
		esac
		[[ $current == *[!0-9A-F]* ]] ||
			_onehopctl_ids "$current" "$states" "$@"
		echo ALL ;;
	*[fF][iI][lL][eE]* | *[dD][iI][rR]* | *[pP][aA][tT][hH]*)
		echo files ;;
	*[A-Z]*)
		;;
	*)
		echo "${word//|/ }" ;;
	esac
}

# What may follow the verb $1, of which $2 is the usage, after the word $3.
_onehopctl_after_verb()
{
	local verb=$1 usage=$2 last=$3 value word words
	shift 3
	value=$(sed -n "s/.*[[| ]$last\(|-[^] |]*\)* \([^] ]*\).*/\2/p" \
	    <<<"$usage")
	words=$(sed -e 's/\[-[^]]*\]//g' -e 's/[][]\|\.\.\./ /g' \
	    -e 's/ | / /g' <<<"$usage")
	if [[ $last == -* && $value == [!-[\|]* ]]; then
		_onehopctl_meaning "$value" "$verb" "$@"
	elif [[ $current == -* || $words != *[a-zA-Z]* ]]; then
		grep -o -- '[[ |]--*[A-Za-z0-9][-A-Za-z0-9]*' <<<"$usage" |
		    tr -d '[ |'
	else
		for word in $words; do
			_onehopctl_meaning "$word" "$verb" "$@"
		done
	fi
}

_onehopctl()
{
	local current=${COMP_WORDS[COMP_CWORD]} verb= i words
	local command=("${1/#\~\//$HOME/}")
	for ((i = 1; i < COMP_CWORD && ${#verb} == 0; i++)); do
		case ${COMP_WORDS[i]} in
		-C)	command+=(-C "${COMP_WORDS[++i]}") ;;
		-*)	command+=("${COMP_WORDS[i]}") ;;
		*)	verb=${COMP_WORDS[i]} ;;
		esac
	done
	if [[ -n $verb ]]; then
		words=$(_onehopctl_after_verb "$verb" \
		    "$(_onehopctl_usage "${command[0]}" |
		    sed -n "s/^$verb\$//p;s/^$verb / /p")" \
		    "${COMP_WORDS[COMP_CWORD - 1]}" "${command[@]}")
	elif [[ ${COMP_WORDS[COMP_CWORD - 1]} == -C ]]; then
		words=files
	elif [[ $current == -* ]]; then
		words='-C --help --version'
	else
		words=$(_onehopctl_usage "${command[0]}" | sed 's/ .*//')
	fi
	if [[ $words == *files* ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
	else
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
	fi
}

complete -F _onehopctl onehopctl
