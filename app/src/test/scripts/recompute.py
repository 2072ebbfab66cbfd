#!/usr/bin/env python3
"""Recomputes what `./tollgate replay FILE --json` printed, sharing no code with Tollgate.

    ./tollgate replay FILE --json > replay.json
    app/src/test/scripts/recompute.py FILE replay.json [SEED]

Reads the trace, the price list and the tenants as data, assigns each line by the published rule
(SHA-256 over "tollgate-replay/<seed>/<line>"), multiplies in exact integers, and compares every
group and the totals. Exit status 0 only if all are equal.
"""
import gzip
import hashlib
import json
import sys
from decimal import Decimal, getcontext
from pathlib import Path

getcontext().prec = 60
DATA = Path(__file__).resolve().parents[2] / "main/resources/io/tollgate/app/workload"


def lines(path):
    raw = Path(path).read_bytes()
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    for number, line in enumerate(raw.decode("utf-8-sig").splitlines(), start=1):
        if number > 1:
            yield number, line.split(",")


def draw(number, things):
    number %= sum(thing["weight"] for thing in things)
    for thing in things:
        if number < thing["weight"]:
            return thing
        number -= thing["weight"]
    raise AssertionError("unreachable")


def main():
    trace, printed = sys.argv[1], json.loads(Path(sys.argv[2]).read_text(), parse_float=Decimal)
    seed = sys.argv[3] if len(sys.argv) > 3 else str(printed["seed"])
    tenants = json.loads((DATA / "tenants.json").read_text())
    prices = {m["model"]: m for m in json.loads((DATA / "prices.json").read_text())["models"]}
    keys = [
        {"weight": key["weight"], "organization": organization["id"], "workspace": workspace}
        for organization in tenants["organizations"]
        for workspace in organization["workspaces"]
        for key in workspace["keys"]
    ]
    groups = {}
    for number, (_, context, generated) in lines(trace):
        rule = hashlib.sha256(f"tollgate-replay/{seed}/{number}".encode()).digest()
        key = draw(int.from_bytes(rule[0:8], "big"), keys)
        model = draw(int.from_bytes(rule[8:16], "big"), tenants["mixes"][key["workspace"]["mix"]])["model"]
        price = prices[model]
        rates = price["rates"]
        if "above" in price and int(context) > price["above"]["tokens"]:
            rates = price["above"]["rates"]
        cost = Decimal(rates["input"]) * int(context) + Decimal(rates["output"]) * int(generated)
        group = groups.setdefault((key["organization"], key["workspace"]["id"], model), [0, 0, 0, Decimal(0)])
        for i, value in enumerate((1, int(context), int(generated), cost / 1000000)):
            group[i] += value

    total = [sum(group[i] for group in groups.values()) for i in range(4)]
    told = {
        (g["organization_id"], g["workspace_id"], g["model"]): [
            g["requests"], g["input_tokens"], g["output_tokens"], Decimal(g["cost"])]
        for g in printed["groups"]
    }
    told_total = [printed["requests"], printed["input_tokens"], printed["output_tokens"], Decimal(printed["cost"])]
    different = [f"{key}: recomputed {groups.get(key)}, printed {told.get(key)}"
                 for key in sorted(groups.keys() | told.keys()) if groups.get(key) != told.get(key)]
    if total != told_total:
        different.append(f"total: recomputed {total}, printed {told_total}")
    for line in different:
        print(line)
    print(f"{total[0]} requests, {total[1]} in, {total[2]} out, {total[3].normalize():f} USD:",
          "different" if different else "equal to the last digit")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
