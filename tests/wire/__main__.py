from tests.wire.observations import load
from tests.examples import shipped
from tests.wire.predict import compare
from tests.wire.render import SECOND
for w in ({}, {"ways":SECOND}):
    c=compare(load(), shipped(), **w)
    print("\n".join(c.disagreements)); print("\n".join(c.leaks)); print(c.table())
