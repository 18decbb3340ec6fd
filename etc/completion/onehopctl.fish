# Completion of onehopctl(8) for fish, from what "onehopctl --help" prints.

function __onehopctl_usage
    set -l command (commandline -opc)
    $command[1] --help 2>/dev/null | awk '
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
end

function __onehopctl_verb
    set -l words (commandline -opc)
    set -e words[1]
    while string match -q -- '-*' $words[1]
        test $words[1] = -C; and set -e words[1]
        set -e words[1]
    end
    test -n "$words[1]"; and echo $words[1]
end

# At most 500 IDs of messages in the spool, where it may be read.
function __onehopctl_ids
    set -l words (commandline -opc)
    set -l verb (__onehopctl_verb)
    set -l before (math (contains -i -- $verb $words) - 1)
    set -l spool ($words[1..$before] config 2>/dev/null |
        string replace -rf '^spool ' '')
    for state in new cur hold failed
        ls -f $spool/$state 2>/dev/null
    end | string replace -rf '^([0-9A-F]{13})(\.[0-9]+)?$' '$1' |
        head -n 500
end

function __onehopctl_words
    set -l verb (__onehopctl_verb)
    if test -z "$verb"
        __onehopctl_usage | string replace -r ' .*' ''
        return
    end
    set -l usage (__onehopctl_usage | string match -r "^$verb(?: .*|\$)")
    string match -ra -- '(?<=[[ |])--?[[:alnum:]][-[:alnum:]]*' "$usage"
    set -l others (string replace -ra '\[-[^]]*\]|\.\.\.|[][|]' ' ' "$usage" |
        string split -n ' ')
    for word in $others[2..-1]
        if test $word = ID
            echo ALL
            __onehopctl_ids
        else if test $word = (string lower $word)
            echo $word
        end
    end
end

complete -c onehopctl -f -a '(__onehopctl_words)'
complete -c onehopctl -s C -r -n 'test -z (__onehopctl_verb)'
