import { describe, expect, it } from 'vitest';
import { frameBox } from '../../../src/domain/box-geometry.js';
import { assignItems, itemFit } from '../../../src/domain/item-association.js';
import { detection, HELMET, VEST } from '../../support/scene.js';

const person = frameBox(100, 100, 180, 300);
const onHead = frameBox(125, 100, 155, 130);
const inHand = frameBox(160, 210, 190, 235);
const onBody = frameBox(112, 136, 168, 204);

describe('itemFit', () => {
  it('fits a helmet on the head, not in the hand, on the ground or beside', () => {
    expect(itemFit(person, onHead, 'head')).toBeGreaterThan(1);
    expect(itemFit(person, inHand, 'head')).toBe(0);
    expect(itemFit(person, frameBox(125, 280, 155, 305), 'head')).toBe(0);
    expect(itemFit(person, frameBox(200, 100, 230, 130), 'head')).toBe(0);
  });

  it('fits a helmet that stands out above the box', () => {
    expect(itemFit(person, frameBox(125, 88, 155, 116), 'head')).toBeGreaterThan(0.5);
  });

  it('does not fit a helmet that mostly lies outside, though its middle does not', () => {
    // The region ends at x = 186.4 and y = 148: 16.4 · 18 of 30 · 30 px are inside.
    expect(itemFit(person, frameBox(170, 130, 200, 160), 'head')).toBe(0);
  });

  it('fits a vest on the body, not on the head or the shins', () => {
    expect(itemFit(person, onBody, 'torso')).toBeGreaterThan(1);
    expect(itemFit(person, frameBox(120, 90, 160, 115), 'torso')).toBe(0);
    expect(itemFit(person, frameBox(112, 230, 168, 298), 'torso')).toBe(0);
  });

  it('refuses what is too large or too small for this body', () => {
    expect(itemFit(person, frameBox(95, 95, 185, 190), 'head')).toBe(0);
    expect(itemFit(person, frameBox(138, 110, 142, 114), 'head')).toBe(0);
    expect(itemFit(person, frameBox(70, 120, 210, 220), 'torso')).toBe(0);
  });
});

describe('assignItems', () => {
  const nearer = frameBox(140, 110, 220, 310);

  it('counts one helmet once where two people overlap', () => {
    const helmet = detection(HELMET, frameBox(165, 110, 195, 140));
    expect(assignItems([person, nearer], [helmet], 'head')).toEqual([undefined, helmet]);
    expect(assignItems([nearer, person], [helmet], 'head')).toEqual([helmet, undefined]);
  });

  it('gives each of two overlapping people their own', () => {
    const [left, right] = [detection(HELMET, onHead, 0.3), detection(HELMET, frameBox(165, 110, 195, 140), 0.9)];
    expect(assignItems([person, nearer], [right, left], 'head')).toEqual([left, right]);
  });

  it('gives one person one vest: the surer of two boxes on one body', () => {
    const [sure, unsure] = [detection(VEST, onBody, 0.8), detection(VEST, frameBox(110, 134, 170, 210), 0.2)];
    expect(assignItems([person], [unsure, sure], 'torso')).toEqual([sure]);
  });

  it('finds nothing among nothing', () => {
    expect(assignItems([person], [], 'head')).toEqual([undefined]);
    expect(assignItems([], [detection(HELMET, onHead)], 'head')).toEqual([]);
  });
});
