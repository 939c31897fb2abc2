# What is asked of every picture: nothing beyond the page, and no text over another.
import xml.etree.ElementTree as ElementTree

SVG = "{http://www.w3.org/2000/svg}"


def parse(text):
    return ElementTree.fromstring(text)


def texts(page):
    return list(page.iter(SVG + "text"))


def box_of(text):
    """left, top, right, bottom of a text, and the text: the font is monospaced"""
    x, y, size = (int(text.get(name)) for name in ("x", "y", "font-size"))
    width = len(text.text) * size * 0.602
    left = x - {"end": width, "middle": width / 2}.get(text.get("text-anchor"), 0)
    return left, y - 0.75 * size, left + width, y, text.text


def overlapping(boxes):
    boxes = sorted(boxes)
    for i, a in enumerate(boxes):
        for b in boxes[i + 1:]:
            if b[0] >= a[2] - 0.5:
                break
            if a[1] < b[3] - 0.5 and b[1] < a[3] - 0.5:
                yield a[4], b[4]


def complaints(page):
    width, height = int(page.get("width")), int(page.get("height"))
    boxes = [box_of(text) for text in texts(page)]
    for left, top, right, bottom, what in boxes:
        if left < 0 or top < 0 or right > width or bottom > height:
            yield f'"{what}" is beyond the page'
    for rect in page.iter(SVG + "rect"):
        if int(rect.get("x", 0)) + int(rect.get("width")) > width or int(rect.get("y", 0)) + int(rect.get("height")) > height:
            yield f'a box at {rect.get("x")}, {rect.get("y")} is beyond the page'
    for a, b in overlapping(boxes):
        yield f'"{a}" and "{b}" overlap'
