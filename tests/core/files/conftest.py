# SPDX-License-Identifier: Apache-2.0
from tests.fixtures.bucket import own_s3, s3

__all__ = ["own_s3", "s3"]
