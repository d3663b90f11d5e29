# Makes the files beside it with the Python package "cryptography", openssl and zstd: make_vectors.py DIRECTORY
import sys,os,subprocess
from cryptography.hazmat.primitives.asymmetric import rsa,padding
from cryptography.hazmat.primitives import hashes,serialization as S
from cryptography.hazmat.primitives.ciphers.aead import AESGCM,ChaCha20Poly1305
R=sys.argv[1]
k=rsa.generate_private_key(65537,2048)
def w(n,b): open(f'{R}/{n}','wb').write(b)
def pem(fmt,enc): return k.private_bytes(S.Encoding.PEM,fmt,enc)
pw=b'correct horse'
w('pkcs1.pem',pem(S.PrivateFormat.TraditionalOpenSSL,S.NoEncryption()))
w('pkcs8.pem',pem(S.PrivateFormat.PKCS8,S.NoEncryption()))
w('pkcs8-passphrase.pem',pem(S.PrivateFormat.PKCS8,S.BestAvailableEncryption(pw)))
w('pkcs1-passphrase.pem',pem(S.PrivateFormat.TraditionalOpenSSL,S.BestAvailableEncryption(pw)))
for c in ('aes128','aes192','des3'):
    subprocess.run(['openssl','rsa','-traditional','-in',f'{R}/pkcs1.pem','-out',f'{R}/pkcs1-{c}.pem','-'+c,'-passout','pass:'+pw.decode()],check=True,stderr=subprocess.DEVNULL)
for c in ('aes-128-cbc','des-ede3-cbc'):
    subprocess.run(['openssl','pkcs8','-topk8','-in',f'{R}/pkcs1.pem','-out',f'{R}/pkcs8-{c}.pem','-v2',c,'-v2prf','hmacWithSHA1','-passout','pass:'+pw.decode()],check=True)
plain=bytes((i*7+i//256)&255 for i in range(5000))
def seal(aead,content):
    dk=os.urandom(32); n=os.urandom(12)
    wr=k.public_key().encrypt(dk,padding.OAEP(mgf=padding.MGF1(hashes.SHA256()),algorithm=hashes.SHA256(),label=b'keys'))
    return len(wr).to_bytes(2,'big')+bytes([12])+wr+n+aead(dk).encrypt(n,content,None)
open('/tmp/plain','wb').write(plain)
z=subprocess.run(['zstd','-1','-c','/tmp/plain'],capture_output=True,check=True).stdout
w('aes256gcm-none',seal(AESGCM,plain)); w('aes256gcm-zstd',seal(AESGCM,z)); w('chacha20-none',seal(ChaCha20Poly1305,plain))
def lit(b):  # LZ4 of literals only
    n=len(b)-15; return bytes([0xf0])+b'\xff'*(n//255)+bytes([n%255])+b
w('chacha20-lz4',seal(ChaCha20Poly1305,lit(plain)))
e=subprocess.run(['openssl','genpkey','-algorithm','EC','-pkeyopt','ec_paramgen_curve:P-256'],capture_output=True,check=True).stdout
w('elliptic.pem',e)
