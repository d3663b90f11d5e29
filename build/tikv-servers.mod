// The programs of build/tikv-servers, and versions of what they use that compile together. Not a part of BlockRing.
module tikvservers

go 1.18

require (
	github.com/ngaut/unistore v0.0.0-20231125025143-65768917ffc9
	github.com/tikv/pd v1.1.0-beta.0.20210323121136-78679e5e209d
)

replace go.etcd.io/etcd => github.com/zhangjinpeng1987/etcd v0.5.0-alpha.5.0.20201117041249-9487a87e2cbd

replace google.golang.org/grpc => google.golang.org/grpc v1.27.1
