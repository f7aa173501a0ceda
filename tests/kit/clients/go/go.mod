module nrc/testclient

go 1.21

require (
	github.com/linkedin/goavro/v2 v2.12.0
	github.com/twmb/franz-go v1.15.3
	github.com/twmb/franz-go/pkg/sr v1.1.0
)

require (
	github.com/golang/snappy v0.0.1 // indirect
	github.com/klauspost/compress v1.16.7 // indirect
	github.com/pierrec/lz4/v4 v4.1.18 // indirect
	github.com/twmb/franz-go/pkg/kmsg v1.7.0 // indirect
)
