#!/bin/sh
# The function of websocket.rs: the test binary itself, which speaks the Runtime API in the
# test that is named here. A program that is started has no arguments, so this gives them.
exec "$TEST_BINARY" --exact websocket::acts_as_the_function --ignored --nocapture
