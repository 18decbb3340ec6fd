"""GNU SASL as the server's side of the mechanisms, in place of mechanisms.py.

It is the one server on Debian that has SCRAM bound to its channel, by
tls-exporter.
"""

import base64
import ctypes
import ctypes.util

from mechanisms import Claim, Refused

OK, NEEDS_MORE, NO_CALLBACK, REFUSED = 0, 1, 51, 31
AUTHID, AUTHZID, PASSWORD, SCRAM_ITER, CB_TLS_EXPORTER = 1, 2, 3, 15, 25
VALIDATE_EXTERNAL = 501
MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5", "EXTERNAL", "SCRAM-SHA-1",
              "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS")
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p,
                            ctypes.c_int)


def library():
    """The library, or None where it is not installed."""
    name = ctypes.util.find_library("gsasl")
    if not name:
        return None
    found = ctypes.CDLL(name)
    found.gsasl_property_fast.restype = ctypes.c_char_p
    for each in (found.gsasl_property_fast, found.gsasl_property_set,
                 found.gsasl_callback_set, found.gsasl_server_start,
                 found.gsasl_step64, found.gsasl_finish, found.gsasl_done):
        each.argtypes = None
    return found


class Exchange:
    """One exchange; a callback gives what the library asks for."""

    def __init__(self, lib, session, mechanism):
        self.lib, self.session = lib, session
        self.context, self.state = ctypes.c_void_p(), ctypes.c_void_p()
        self.callback = CALLBACK(self.give)
        assert lib.gsasl_init(ctypes.byref(self.context)) == OK
        lib.gsasl_callback_set(self.context, self.callback)
        assert lib.gsasl_server_start(self.context, mechanism.encode(),
                                      ctypes.byref(self.state)) == OK

    def give(self, context, state, wanted):
        user, password = self.session.smarthost.credentials
        if wanted == VALIDATE_EXTERNAL:
            return OK if self.get(AUTHZID) == user else REFUSED
        value = {PASSWORD: password, SCRAM_ITER: "5000"}.get(wanted)
        if wanted == CB_TLS_EXPORTER and self.session.smarthost.binds:
            octets = self.session.channel_binding("tls-exporter")
            value = base64.b64encode(octets).decode()
        if value is None:
            return NO_CALLBACK
        self.lib.gsasl_property_set(ctypes.c_void_p(state), wanted,
                                    value.encode())
        return OK

    def get(self, wanted):
        value = self.lib.gsasl_property_fast(self.state, wanted)
        return value.decode() if value is not None else None

    def step(self, response):
        """(result, the next challenge as bytes)"""
        out = ctypes.c_char_p()
        result = self.lib.gsasl_step64(self.state, response,
                                       ctypes.byref(out))
        return result, base64.b64decode(out.value or b"")

    def run(self, initial):
        result, challenge = self.step(initial or b"")
        while result == NEEDS_MORE or (result == OK and challenge):
            response = self.session.challenge(challenge)
            if result == OK:
                break
            result, challenge = self.step(response)
        user = self.get(AUTHID) or self.get(AUTHZID)
        if result != OK:
            raise Refused(Claim(user, None))
        return Claim(user, self.session.smarthost.credentials[1])

    def end(self):
        self.lib.gsasl_finish(self.state)
        self.lib.gsasl_done(self.context)


def make(mechanism):
    def run(session, initial):
        exchange = Exchange(library(), session, mechanism)
        try:
            return exchange.run(initial)
        finally:
            exchange.end()

    return run


TABLE = {mechanism: make(mechanism) for mechanism in MECHANISMS}
