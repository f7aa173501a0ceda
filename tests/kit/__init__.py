# SPDX-License-Identifier: Apache-2.0
"""What the demo and the tests start and compare: private servers, engines, streams, the reference model."""
