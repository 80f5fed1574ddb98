from tests.wire.observations import load
from tests.examples import shipped
from tests.wire.predict import compare
c=compare(load(), shipped())
print("\n".join(c.disagreements)); print("\n".join(c.leaks)); print(c.table())
