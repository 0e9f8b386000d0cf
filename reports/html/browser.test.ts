import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { after, before, describe, it } from 'mocha'
import type { Browser, Page } from 'playwright-core'
import { recordedFacts, recordedResult } from '../test-recorded.ts'
import { renderPage } from './page.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome']

const executable = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => names.map((name) => join(folder, name)))
  .find((file) => existsSync(file))

const ban = '#check/partition/conflict/ban-beats-topic[v11,hs2]'

const shows = (page: Page, hash: string) =>
  page.waitForFunction(
    (wanted) => Reflect.get(globalThis, 'document').documentElement.dataset.ready === wanted,
    hash.slice(1) || 'overview',
  )

const heading = (page: Page) => page.locator('.page.shown h1').innerText()

const title =
  executable === undefined
    ? `the page in a browser (skipped: no ${names.join(', ')} in PATH)`
    : 'the page in a browser'

;(executable === undefined ? describe.skip : describe)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), 'fedcheck-page-'))
  const file = join(folder, 'report.html')
  let browser: Browser | undefined
  let complaints: string[] = []

  before(async function () {
    this.timeout(60_000)
    writeFileSync(file, renderPage(recordedResult(), await recordedFacts()))
    const { chromium } = await import('playwright-core')
    browser = await chromium.launch({ executablePath: executable ?? '', args: ['--no-sandbox'] })
  })

  after(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true })
  })

  /** Opens the page and comes back when it shows what `hash` names. */
  const open = async (
    hash = '',
    width = 1280,
    colorScheme: 'light' | 'dark' = 'light',
  ): Promise<Page> => {
    assert.ok(browser)
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
    complaints = []
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => complaints.push(String(error)))
    const address = pathToFileURL(file).href
    page.on('request', (request) => {
      if (!request.url().startsWith('data:') && request.url() !== address)
        complaints.push(request.url())
    })
    await page.goto(`${pathToFileURL(file).href}${hash}`)
    await shows(page, hash)
    return page
  }

  it('asks nobody for anything and complains of nothing, on every page', async () => {
    const page = await open()
    for (const hash of ['#requirements', '#environment', '#lab', '#exchange/5', ban]) {
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
      await shows(page, hash)
      assert.equal(await page.locator('.page.shown').count(), 1)
    }
    assert.deepEqual(complaints, [])
    await page.close()
  })

  it('is led through by links, with one pane at a time and the focus on what was asked for', async () => {
    const page = await open()
    assert.match(await heading(page), /^The gate is failed: 1 × failure/)
    await page
      .getByRole('link', { name: /^A ban made on one side/ })
      .first()
      .click()
    await shows(page, ban)
    assert.match(await heading(page), /^A ban made/)
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'H1')
    assert.match(await page.title(), /^A ban made .* · fedcheck$/)
    await page.getByRole('link', { name: 'Exchanges 18' }).click()
    await shows(page, `${ban}/exchanges`)
    assert.equal(await page.locator('.page.shown .pane:visible').count(), 1)
    await page.goBack()
    await shows(page, ban)
    await page.locator('dt:text-is("Evidence") + dd a:visible').click()
    await shows(page, '#exchange/20')
    assert.ok(await page.locator('[id="exchange/20"] .body').isVisible())
    assert.equal(await page.evaluate('document.activeElement.parentElement.id'), 'exchange/20')
    await page.close()
  })

  it('opens on a permanent link, and on the overview for one that leads nowhere', async () => {
    const exchange = await open('#exchange/3')
    assert.match(await heading(exchange), /^hs2 joins a room on hs1/)
    assert.ok(await exchange.locator('[id="exchange/3"] .body').isVisible())
    await exchange.close()
    const nowhere = await open('#check/gone[v9]%')
    assert.match(await heading(nowhere), /^The gate is failed/)
    await nowhere.close()
  })

  it('filters checks, opens their chapters, and says how many are left', async () => {
    const page = await open()
    await page.keyboard.press('/')
    await page.keyboard.type('passed media')
    assert.equal(await page.locator('#overview output').innerText(), '1 of 12 shown')
    assert.ok(await page.getByRole('link', { name: 'Media come as multipart' }).isVisible())
    assert.equal(await page.locator('#overview .fails > li:visible').count(), 0)
    await page.locator('#q').fill('')
    assert.equal(await page.locator('#overview .fails > li:visible').count(), 9)
    assert.equal(await page.locator('#overview .chapter[open]').count(), 0)
    await page.locator('#q').fill('ss.sr.v2.ban_beats')
    assert.equal(await page.locator('#overview output').innerText(), '1 of 12 shown')
    await page.close()
  })

  it('filters requirements by word, level and verdict', async () => {
    const page = await open('#requirements')
    await page.getByLabel('Only this verdict').selectOption('nonconformant')
    await page.getByLabel('Only this level').selectOption('MUST')
    const rows = page.locator('#reqs tbody tr:visible')
    assert.equal(await rows.count(), 3)
    await page.getByLabel('Filter requirements').fill('ban_beats')
    assert.equal(await rows.count(), 1)
    const clause = rows.getByRole('link', { name: 'server-server-api#soft-failure' })
    assert.equal(
      await clause.getAttribute('href'),
      'https://spec.matrix.org/v1.19/server-server-api/#soft-failure',
    )
    await page.close()
  })

  it('draws the sequence with the cut shaded, the cut arrows dashed and the offending one marked', async () => {
    const page = await open(ban)
    const picture = page.getByRole('group', { name: /^Sequence: 18 exchanges between 4 servers/ })
    assert.deepEqual(await picture.locator('.h').allTextContents(), [
      'peer',
      'target',
      'peer 2',
      'client',
    ])
    assert.equal(await picture.locator('.band').count(), 2)
    const [band, cut] = await Promise.all([
      picture.locator('.band').last().boundingBox(),
      picture.locator('.x.drop').first().boundingBox(),
    ])
    assert.ok(band && cut && band.width > 50 && band.y < cut.y && cut.y < band.y + band.height)
    assert.equal(await picture.locator('.x.drop').count(), 3)
    const offending = picture.getByRole('link', {
      name: 'Exchange 20: peer 2 to target, stateIds, 200, offending',
    })
    assert.equal(await offending.count(), 1)
    assert.match(await page.locator('.peek').innerText(), /Exchange 20[\s\S]*Offending/)
    await page.close()
  })

  it('is walked through by keyboard, arrow by arrow', async () => {
    const page = await open(ban)
    await page.locator('.x[tabindex="0"]').focus()
    await page.keyboard.press('ArrowUp')
    assert.match(await page.locator('.peek').innerText(), /^Exchange 19/)
    await page.keyboard.press('Enter')
    await shows(page, '#exchange/19')
    assert.ok(await page.locator('[id="exchange/19"] .body').isVisible())
    await page.close()
  })

  it('has a table that says what the picture says', async () => {
    const page = await open(ban)
    await page.getByText('The same as a table').click()
    const rows = page.locator('.page.shown .twin tbody tr')
    assert.equal(await rows.count(), 22)
    assert.match(await rows.nth(2).innerText(), /partition-1 begins: refuse between peer, target/)
    await page.close()
  })

  it('does not scroll sideways on a phone, where the gate stands right under the verdict', async () => {
    const page = await open('', 375)
    for (const hash of [
      '#exchange/16',
      '#exchange/5',
      '#requirements',
      '#environment',
      ban,
      '#overview',
    ]) {
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
      await shows(page, hash)
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 375, hash)
    }
    const [gate, filter] = await Promise.all([
      page.locator('#gate').boundingBox(),
      page.locator('#q').boundingBox(),
    ])
    assert.ok(gate && filter && gate.y < filter.y)
    await page.close()
  })

  it('is dark where that is preferred, with text that can be read', async () => {
    const page = await open('', 1280, 'dark')
    const lightness = async (property: string) => {
      const colour = await page.evaluate<string>(`getComputedStyle(document.body).${property}`)
      const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map(Number)
      return red + green + blue
    }
    assert.ok((await lightness('backgroundColor')) < 120)
    assert.ok((await lightness('color')) > 600)
    await page.close()
  })

  it('prints the failures with the overview, and unfolds what is folded', async () => {
    const page = await open()
    await page.emulateMedia({ media: 'print' })
    await page.evaluate('dispatchEvent(new Event("beforeprint"))')
    assert.equal(await page.locator('.page.told:visible').count(), 6)
    assert.ok(await page.getByText('Media come as multipart').first().isVisible())
    assert.equal(await page.locator('.top').isVisible(), false)
    await page.close()
  })

  it('says everything but the evidence without its script', async () => {
    assert.ok(browser)
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(pathToFileURL(file).href)
    assert.equal(await page.locator('.page:visible').count(), 16)
    await context.close()
  })
})
