"""Writes Fixtures/lmdb: databases as liblmdb writes them (pip install lmdb)."""
import lmdb, os, struct, shutil, sys
root = os.path.dirname(os.path.abspath(__file__))
img=open(root+'/images/grey.jpg','rb').read()
out=root+'/lmdb'; shutil.rmtree(out, ignore_errors=True); os.makedirs(out)
def varint(n):
    o=b''
    while n>=128: o+=bytes([n&127|128]); n>>=7
    return o+bytes([n])
def datum(c,h,w,data,enc=False):
    o=b'\x08'+varint(c)+b'\x10'+varint(h)+b'\x18'+varint(w)+b'\x22'+varint(len(data))+data+b'\x28\x03'
    return o+(b'\x38\x01' if enc else b'')
def env(p): return lmdb.open(p, map_size=1<<24, subdir=False, max_dbs=4, lock=False)
e=env(out+'/plain.lmdb')
with e.begin(write=True) as t:
    for i in range(5): t.put(b'%08d_x.jpg'%i, img)
    for k in (b'a/../b.jpg', b'b.jpg', b'\xff\x00\x01', b'/lead', b'100%.jpg', 'ü'.encode(), b'a//c.jpg', b'.hidden.jpg'): t.put(k, img)
    t.put(b'num-samples', b'5'); t.put(b'text.json', b'{}'); t.put(b'bad.jpg', b'not an image'); t.put(b'empty.jpg', b'')
e.close()
w,h=6,4
blue=bytes(range(0,24)); green=bytes(range(100,124)); red=bytes(range(200,224))
e=env(out+'/datum.lmdb')
with e.begin(write=True) as t:
    t.put(b'0', datum(3,h,w,blue+green+red)); t.put(b'1', datum(1,h,w,green)); t.put(b'2', datum(3,0,0,img,True))
    t.put(b'3', datum(3,h,w,blue)); t.put(b'4', datum(7,1,1,b'1234567'))
    t.put(b'5', datum(4,h,w,blue+green+red+b'\xff'*24)); t.put(b'6', b'\x08\x01\x10\x01\x18\x01\x28\x00\x35\0\0\x80\x3f')
e.close()
e=env(out+'/named.lmdb')
for n in (b'train',b'val'):
    d=e.open_db(n, integerkey=(n==b'val'))
    with e.begin(write=True,db=d) as t:
        for i in range(2): t.put(struct.pack('<Q',i*1000) if n==b'val' else b'%d.jpg'%i, img)
d=e.open_db(b'dups', dupsort=True)
with e.begin(write=True,db=d) as t:
    for i in range(3): t.put(b'k.jpg', b'v%d'%i)
e.close()
