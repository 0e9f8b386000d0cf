import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { isSecret, redactHeader, redactText } from './redact.ts'

describe('redaction', () => {
  it('takes secrets out of query strings, JSON, forms and prose', () => {
    const texts = [
      '/login?access_token=s3cret&x=1',
      '{"access_token":"s3cret","x":1}',
      '{"password": "s3cret"}',
      'grant=x&refresh_token=s3cret',
      "login with password: 's3cret'",
      'Authorization: Bearer s3cret.s3cret',
      '{\\"shared_secret\\":\\"s3cret\\"}',
    ]
    for (const text of texts) {
      assert.doesNotMatch(redactText(text), /s3cret/, text)
      assert.match(redactText(text), /\[redacted: [a-z ]+, (6|13) characters\]/, text)
    }
    assert.match(redactText('/login?access_token=s3cret&x=1'), /&x=1$/)
  })

  it('is the same when done twice, and leaves other text', () => {
    const once = redactText('access_token=s3cret, Bearer abcdefgh, password=x')
    assert.equal(redactText(once), once)
    const plain = 'the type m.login.password; a bearer of news; passwords = many'
    assert.equal(redactText(plain), plain)
  })

  it('is not slow on text made to be so', () => {
    const started = performance.now()
    redactText(`${'password'.repeat(50_000)}${' '.repeat(50_000)}=`)
    redactText('password '.repeat(50_000))
    assert.ok(performance.now() - started < 2000)
  })

  it('keeps X-Matrix signatures, and no other credentials of a header', () => {
    const signed = 'X-Matrix origin="a",destination="b",key="ed25519:k",sig="c2ln"'
    assert.equal(redactHeader('Authorization', signed), signed)
    assert.equal(
      redactHeader('authorization', 'Bearer abcdef'),
      'Bearer [redacted: access token, 6 characters]',
    )
    assert.equal(redactHeader('authorization', 'abcdef'), '[redacted: access token, 6 characters]')
    assert.equal(redactHeader('Set-Cookie', 'sid=1'), '[redacted: set-cookie, 5 characters]')
    assert.equal(
      redactHeader('location', '/?access_token=ab'),
      '/?access_token=[redacted: access token, 2 characters]',
    )
  })

  it('knows secret names', () => {
    assert.ok(isSecret('Access_Token') && isSecret('password'))
    assert.ok(!isSecret('token') && !isSecret('signatures'))
  })
})
