"""Reads a state dict of PyTorch's older format with nothing but Python's own library; part of a converter's script."""
import array
import collections
import pickle
import struct
import sys


class Storage:
    """A tensor's numbers in the file, float32 or int64."""

    def __init__(self, kind, count):
        self.width = {"FloatStorage": 4, "LongStorage": 8}[kind]
        self.count, self.data = count, b""


class Tensor:
    def __init__(self, storage, offset, shape, strides, *_):
        self.storage, self.offset, self.shape, self.strides = storage, offset, tuple(shape), tuple(strides)

    @property
    def data(self):
        """The numbers in row-major order; a converted network stores some in TensorFlow's."""
        width = self.storage.width
        indices = [self.offset]
        for side, stride in zip(self.shape, self.strides):
            indices = [index + stride * n for index in indices for n in range(side)]
        if indices == list(range(self.offset, self.offset + len(indices))):
            return self.storage.data[self.offset * width:(self.offset + len(indices)) * width]
        numbers = array.array("f" if width == 4 else "q", self.storage.data)
        return array.array(numbers.typecode, map(numbers.__getitem__, indices)).tobytes()


class Reader(pickle.Unpickler):
    """Builds dictionaries and tensors, and nothing else that a pickle might ask for."""

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return Tensor
        if module == "torch" and name in ("FloatStorage", "LongStorage"):
            return name
        raise pickle.UnpicklingError("%s.%s is not allowed in weights" % (module, name))

    def persistent_load(self, key):
        _, kind, name, _, count, _ = key
        return self.storages.setdefault(name, Storage(kind, count))


def read(path):
    with open(path, "rb") as file:
        if Reader(file).load() != 0x1950A86A20F9469CFC6C:
            sys.exit("it is not a file of PyTorch's older form")
        Reader(file).load()
        Reader(file).load()
        reader = Reader(file)
        weights = reader.load()
        for name in Reader(file).load():
            storage = reader.storages[name]
            count, = struct.unpack("<q", file.read(8))
            storage.data = file.read(count * storage.width)
            if count != storage.count or len(storage.data) != count * storage.width:
                sys.exit("it ends early")
    return weights
