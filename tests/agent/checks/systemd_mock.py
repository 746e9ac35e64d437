# SPDX-License-Identifier: Apache-2.0
"""systemd's place on a system bus of a test's own. Run by the distribution's Python, which has python3-dbusmock.

Prints the bus's address; then a JSON line `{"path": …, "properties": {interface: {name: value}}}` makes or changes an
object and is answered with a line.
"""

import json
import os
import subprocess
import sys

import dbus
import dbusmock

NAME = "org.freedesktop.systemd1"
ROOT = "/org/freedesktop/systemd1"


def main() -> None:
    case = dbusmock.DBusTestCase
    case.start_system_bus()
    bus = case.get_dbus(True)
    server = case.spawn_server(NAME, ROOT, f"{NAME}.Manager", system_bus=True, stdout=subprocess.DEVNULL)
    made = set()
    print(os.environ["DBUS_SYSTEM_BUS_ADDRESS"], flush=True)
    try:
        for line in sys.stdin:
            order = json.loads(line)
            path, properties = order["path"], order["properties"]
            (first, values), *others = properties.items()
            mock = dbus.Interface(bus.get_object(NAME, ROOT), dbusmock.MOCK_IFACE)
            if path in made:
                mock.RemoveObject(path)
            mock.AddObject(path, first, values, dbus.Array([], signature="(ssss)"))
            made.add(path)
            unit = dbus.Interface(bus.get_object(NAME, path), dbusmock.MOCK_IFACE)
            for interface, more in others:
                unit.AddProperties(interface, {name: dbus.UInt32(value) for name, value in more.items()})
            print("made", flush=True)
    finally:
        server.terminate()
        server.wait()
        case.tearDownClass()


main()
